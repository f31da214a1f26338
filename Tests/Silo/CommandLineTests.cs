using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Analytics.Tests.Silo;

/// <summary>The built executable as an operator meets it.</summary>
public sealed class CommandLineTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("Storage:Provider", "--Storage:Provider=Oracle")]
    [InlineData("ConnectionStrings:Timescale", "serve", "--Storage:Provider=Timescale")]
    [InlineData("Kafka:Epoch", "serve", "--Kafka:Epoch=x")]
    [InlineData("Urls", "demo", "--Urls", "nowhere")]
    [InlineData("Kafka:BootstrapServers", "replay", "file.csv")]
    [InlineData("Kafka:BootstrapServers", "generate", "--bootstrap-servers", "here")]
    [InlineData("Kafka:Nonsense", "serve", "--Kafka:Nonsense=1")]
    [InlineData("Storage:Path", "migrate", "--Storage:Path=/")]
    public async Task A_wrong_setting_stops_the_start_with_one_line_and_exit_code_2(string key, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(arguments);
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.StartsWith(key + ":", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_port_of_Urls_is_one_line()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (exitCode, _, error) = await RunAsync("serve", $"--Urls=http://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("Urls:", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_taken_explicit_silo_port_is_one_line()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var (exitCode, _, error) = await RunAsync(
            "serve", "--Urls=http://localhost:0", $"--Orleans:SiloPort={((IPEndPoint)listener.LocalEndpoint).Port}");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("Orleans:SiloPort:", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replay_to_nobody_is_one_line()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                file, "transaction_id,occurred_at,account_id,merchant_id,amount_minor,currency,type,status,category\n", TestContext.Current.CancellationToken);
            var (exitCode, _, error) = await RunAsync("replay", file, "--bootstrap-servers", "127.0.0.1:1");
            Assert.Equal(2, exitCode);
            Assert.StartsWith("Kafka:BootstrapServers: no broker answers", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("dance")]
    [InlineData("replay")]
    [InlineData("generate", "--accounts", "0")]
    [InlineData("generate", "--rate", "-1")]
    [InlineData("replay", "f", "--event-time", "later")]
    public async Task A_wrong_option_is_exit_code_2(params string[] arguments)
    {
        var (exitCode, _, error) = await RunAsync(arguments);
        Assert.Equal(2, exitCode);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_broker_takes_a_replay_and_reports_bad_rows()
    {
        var file = Path.GetTempFileName();
        using var broker = Start("broker", "--partitions", "2");
        try
        {
            var line = await broker.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.Matches("^bootstrap\\.servers=127\\.0\\.0\\.1:[0-9]+$", line);
            await File.WriteAllTextAsync(
                file,
                "transaction_id,occurred_at,account_id,merchant_id,amount_minor,currency,type,status,category\n"
                + "t1,2026-01-01T00:00:00Z,a,m,100,EUR,purchase,approved,\n"
                + "t2,2026-01-01T00:00:00Z,a,m,oops,EUR,purchase,approved,\n"
                + "t3,2026-01-01T00:00:00Z,b,m,200,EUR,purchase,approved,\n",
                TestContext.Current.CancellationToken);
            var (exitCode, output, error) = await RunAsync("replay", file, "--bootstrap-servers", line!.Split('=')[1]);
            Assert.Equal(1, exitCode);
            Assert.Contains("acknowledged 2, failed 0, bad rows 1", output, StringComparison.Ordinal);
            Assert.Contains("debit 3.00", output, StringComparison.Ordinal);
            Assert.StartsWith("line 3:", error, StringComparison.Ordinal);
            (exitCode, output, _) = await RunAsync(
                "generate", "--rate", "500", "--seconds", "1", "--seed", "7", $"--Kafka:BootstrapServers={line.Split('=')[1]}");
            Assert.Equal(0, exitCode);
            Assert.Contains("acknowledged 500, failed 0", output, StringComparison.Ordinal);
        }
        finally
        {
            broker.Kill();
            await broker.WaitForExitAsync(CancellationToken.None);
            File.Delete(file);
        }
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Deadline);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }
    }

    private static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Silo.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }
}
