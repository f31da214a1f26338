using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Analytics.Tests.Integration;

/// <summary>A signal while a silo is still starting is a stop like any other: it is quick, and no failure.</summary>
public sealed class StoppedStartTests
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(60);

    // A start waits 20 s for each server, and 30 s for its topic.
    private static readonly TimeSpan StopDeadline = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("serve", "TERM")]
    [InlineData("demo", "INT")]
    public async Task While_it_waits_for_a_broker(string verb, string signal)
    {
        // Nobody else gets the port, and nobody listens on it.
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await AssertStopsAsync(
            [verb, $"--Kafka:BootstrapServers={nobody.LocalEndPoint}"],
            signal,
            async (output, cancellationToken) => Assert.Contains(
                "Waiting for Kafka", await output.ReadLineAsync(cancellationToken), StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_it_warms_up() => await AssertStopsAsync(
        ["serve", "--WarmUp:Duration=00:01:00"],
        "TERM",
        async (output, cancellationToken) =>
            Assert.Contains("Warms up", await output.ReadLineAsync(cancellationToken), StringComparison.Ordinal));

    [Fact]
    public async Task While_a_database_takes_its_time()
    {
        using var database = new TcpListener(IPAddress.Loopback, 0);
        database.Start();
        Socket? asked = null;
        try
        {
            await AssertStopsAsync(
                [
                    "serve", "--Storage:Provider=Timescale",
                    $"--ConnectionStrings:Timescale=Host=127.0.0.1;Port={((IPEndPoint)database.LocalEndpoint).Port};Username=x;Password=y",
                ],
                "TERM",
                async (_, cancellationToken) => asked = await database.AcceptSocketAsync(cancellationToken));
        }
        finally
        {
            asked?.Dispose();
        }
    }

    [Fact]
    public async Task While_the_silo_waits_for_its_topic()
    {
        await using var broker = await BrokerProcess.StartAsync(Cancellation);
        var port = FreePort.Next();
        await AssertStopsAsync(
            [
                "serve", $"--Kafka:BootstrapServers={broker.BootstrapServers}", "--Kafka:Topic=missing",
                "--Kafka:Client:allow.auto.create.topics=false", $"--Orleans:SiloPort={port}",
            ],
            "TERM",
            (_, cancellationToken) => UntilListeningAsync(port, cancellationToken));
    }

    private static async Task AssertStopsAsync(string[] arguments, string signal, Func<StreamReader, CancellationToken, Task> untilItIsStarting)
    {
        var folder = Directory.CreateTempSubdirectory("analytics-stopped-").FullName;
        string[] all = [.. arguments, "--Urls=http://127.0.0.1:0", $"--Storage:Path={Path.Combine(folder, "analytics.db")}"];
        using var process = Process.Start(ServeProcess.StartInfo(all))!;
        try
        {
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
            deadline.CancelAfter(StartDeadline);
            await untilItIsStarting(process.StandardOutput, deadline.Token);

            var output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            var error = process.StandardError.ReadToEndAsync(deadline.Token);
            var clock = Stopwatch.StartNew();
            using (var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            {
                await kill.WaitForExitAsync(deadline.Token);
            }

            await process.WaitForExitAsync(deadline.Token);
            Assert.True(process.ExitCode == 0, $"{process.ExitCode}: {await error}\n{await output}");
            Assert.True(clock.Elapsed < StopDeadline, $"The stop took {clock.Elapsed}.");
            Assert.Equal("Stopped before the start was complete.\n", await output);
            Assert.Empty(await error);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }
    }

    // A silo listens before it asks for its partitions.
    private static async Task UntilListeningAsync(int port, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20, cancellationToken);
            }
        }
    }
}
