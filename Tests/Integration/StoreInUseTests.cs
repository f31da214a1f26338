using Analytics.Silo.Composition;

namespace Analytics.Tests.Integration;

/// <summary>Two silos on one SQLite file would be two owners of every partition, and leave windows that nobody can explain.</summary>
public sealed class StoreInUseTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_second_silo_on_one_file_does_not_start_until_the_first_is_gone()
    {
        await using var first = await ServeProcess.StartAsync("serve", Cancellation);
        var (exitCode, output) = await ServeProcess.RunAsync(
            Cancellation, "serve", "--Urls=http://127.0.0.1:0", $"--Storage:Path={first.DatabasePath}");
        Assert.True(exitCode == 2, output);
        Assert.Equal($"Storage:Path: '{first.DatabasePath}' is in use by another silo; stop that one, or name another file.\n", output);
        await first.GetAsync("/v1/overview", Cancellation);

        await first.KillAsync(Cancellation);
        await using var next = await ServeProcess.StartInAsync(first.KeepFolder(), "serve", Cancellation);
        Assert.Equal(first.DatabasePath, next.DatabasePath);
    }

    [Fact]
    public async Task A_second_demo_does_not_delete_the_store_of_the_first()
    {
        // A demo's store is where it is started.
        var folder = Directory.CreateTempSubdirectory("analytics-demo-").FullName;
        try
        {
            var file = Path.Combine(folder, "data", "demo.db");
            using var first = StoreFileLock.Take(file);
            await File.WriteAllTextAsync(file, "of the first", Cancellation);
            var (exitCode, output) = await ServeProcess.RunInAsync(folder, Cancellation, "demo", "--Urls=http://127.0.0.1:0");
            Assert.True(exitCode == 2, output);
            Assert.Equal($"Storage:Path: '{file}' is in use by another silo; stop that one, or name another file.\n", output);
            Assert.Equal("of the first", await File.ReadAllTextAsync(file, Cancellation));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
