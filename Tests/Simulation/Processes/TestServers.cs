using System.Diagnostics;
using Analytics.Tests.Integration;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>
/// PostgreSQL with TimescaleDB, and Redis, that belong to this run alone and may be killed: <c>scripts/test-servers.sh</c> with a folder of its own.
/// </summary>
internal sealed class TestServers : IAsyncDisposable
{
    private readonly string _folder;

    private TestServers(string folder) => _folder = folder;

    /// <summary>Npgsql's connection string of the server's own database.</summary>
    public string Timescale { get; private set; } = "";

    /// <summary><c>host:port</c>.</summary>
    public string Redis { get; private set; } = "";

    public static async Task<TestServers> StartAsync(CancellationToken cancellationToken)
    {
        var servers = new TestServers(Directory.CreateTempSubdirectory("analytics-faults-").FullName);
        try
        {
            var lines = await servers.RunAsync(cancellationToken, "start");
            servers.Timescale = Value(lines, "ANALYTICS_TEST_TIMESCALE");
            servers.Redis = Value(lines, "ANALYTICS_TEST_REDIS");
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL of a server and every process of it.</summary>
    /// <param name="name"><c>postgres</c> or <c>redis</c>.</param>
    public Task KillAsync(string name, CancellationToken cancellationToken) => RunAsync(cancellationToken, "kill", name);

    /// <summary>Starts a killed server on its data and its port, and waits until it answers.</summary>
    public Task RestartAsync(string name, CancellationToken cancellationToken) => RunAsync(cancellationToken, "restart", name);

    public async ValueTask DisposeAsync()
    {
        await RunAsync(CancellationToken.None, "stop");
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> RunAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "scripts", "test-servers.sh"), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TEST_SERVERS_DIR"] = _folder;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        Assert.True(process.ExitCode == 0, $"test-servers.sh {string.Join(' ', arguments)}: exit code {process.ExitCode}\n{await error}");
        return await output;
    }

    private static string Value(string lines, string name) =>
        lines.Split('\n').First(l => l.Contains($"{name}=", StringComparison.Ordinal)).Split('\'')[1];
}
