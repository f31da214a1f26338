using System.Diagnostics;

namespace Analytics.Tests.Integration;

/// <summary>The embedded broker in a process of its own (verb <c>broker</c>), so that it outlives the silo under test.</summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private const string FirstLine = "bootstrap.servers=";

    private readonly Process _process;

    private BrokerProcess(Process process, string bootstrapServers)
    {
        _process = process;
        BootstrapServers = bootstrapServers;
    }

    public string BootstrapServers { get; }

    public static async Task<BrokerProcess> StartAsync(CancellationToken cancellationToken, int partitions = 4)
    {
        var process = Process.Start(ServeProcess.StartInfo(["broker", "--partitions", $"{partitions}"]))!;
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken);
        Assert.StartsWith(FirstLine, line);
        return new(process, line![FirstLine.Length..]);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
