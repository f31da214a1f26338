using System.Diagnostics;
using System.Text;
using Analytics.Silo.Composition;

namespace Analytics.Tests.Integration;

/// <summary>A server that is lost while a silo starts: after it was asked for the first time, before the silo is a member.</summary>
[Trait("Needs", "Servers")]
public sealed class LostServerTests
{
    private static readonly TimeSpan EndDeadline = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_start_waits_until_Redis_is_back()
    {
        await using var proxy = new VanishingProxy(ClusterOfProcesses.Redis);
        await using var cluster = await ClusterOfProcesses.StartAsync(0, 2, Cancellation);
        using var process = Process.Start(ServeProcess.StartInfo(["serve", .. cluster.Settings($"--Clustering:Redis={proxy.Address}")]))!;
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            deadline.CancelAfter(EndDeadline);
            _ = process.StandardError.ReadToEndAsync(deadline.Token);
            await UntilAsync(process, "(Clustering:Redis)", deadline.Token);
            Assert.True(proxy.Gone.IsCompleted);

            proxy.Return();

            await UntilAsync(process, "/v1/overview", deadline.Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task A_start_that_Redis_leaves_for_good_ends_with_one_line_and_exit_code_5()
    {
        await using var proxy = new VanishingProxy(ClusterOfProcesses.Redis);
        await using var cluster = await ClusterOfProcesses.StartAsync(0, 2, Cancellation);
        await AssertEndsAsync(
            ["serve", .. cluster.Settings($"--Clustering:Redis={proxy.Address}")], ServerAwayException.ExitCode, "Clustering:Redis: Redis ");
        Assert.True(proxy.Gone.IsCompleted);
    }

    [Fact]
    public async Task A_start_without_its_topic_ends_with_one_line_and_exit_code_2()
    {
        await using var broker = await BrokerProcess.StartAsync(Cancellation);
        var folder = Directory.CreateTempSubdirectory("analytics-topic-").FullName;
        try
        {
            await AssertEndsAsync(
                [
                    "serve", "--Urls=http://127.0.0.1:0", $"--Storage:Path={Path.Combine(folder, "analytics.db")}", $"--Kafka:BootstrapServers={broker.BootstrapServers}",
                    "--Kafka:Topic=missing", "--Kafka:Client:allow.auto.create.topics=false",
                ],
                2,
                "Kafka:Topic: topic missing cannot be read");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task UntilAsync(Process process, string text, CancellationToken cancellationToken)
    {
        StringBuilder read = new();
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            read.AppendLine(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The process ended without a line that contains '{text}':\n{read}");
    }

    private static async Task AssertEndsAsync(string[] arguments, int exitCode, string line)
    {
        using var process = Process.Start(ServeProcess.StartInfo(arguments))!;
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            deadline.CancelAfter(EndDeadline);
            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = await process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);

            Assert.True(process.ExitCode == exitCode, $"{process.ExitCode}: {error}\n{await output}");
            Assert.StartsWith(line, Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
