using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Analytics.Tests.Integration;

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
    [InlineData("Kafak:BootstrapServers", "serve", "--Kafak:BootstrapServers=host:9092")]
    [InlineData("Storage:Path", "reconcile", "--Storage:Path=/no/such.db")]
    [InlineData("Storage:Path", "migrate", "--Storage:Path=/")]
    [InlineData("Storage:Path", "migrate", "--Storage:Path=/proc/no/such.db")]
    [InlineData("Storage:Path", "serve", "--Storage:Path=/proc/no/such.db", "--Kafka:BootstrapServers=127.0.0.1:9")]
    [InlineData("Storage:Path", "demo", "--Storage:Path=/dev/null/such.db")]
    [InlineData("Kafka:Topic", "serve", "--Kafka:Topic=")]
    public async Task A_wrong_setting_stops_the_start_with_one_line_and_exit_code_2(string key, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(arguments);
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.StartsWith(key + ":", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("migrate")]
    public async Task A_text_file_as_the_store_is_one_line(string verb)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, string.Concat(Enumerable.Repeat("This is no database. ", 100)), TestContext.Current.CancellationToken);
            var (exitCode, _, error) = await RunAsync(verb, $"--Storage:Path={file}", "--Urls=http://localhost:0");
            Assert.Equal(2, exitCode);
            Assert.Equal($"Storage:Path: '{file}' is not an SQLite database; name another file.\n", error);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("serve", "28P01", "password authentication failed for user \"x\"")]
    [InlineData("migrate", "28P01", "password authentication failed for user \"x\"")]
    [InlineData("migrate", "3D000", "database \"x\" does not exist")]
    public async Task A_server_that_refuses_is_one_line(string verb, string state, string reason)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var serving = RefuseAsync(server, state, reason, stop.Token);
        var (exitCode, _, error) = await RunAsync(
            verb,
            "--Urls=http://localhost:0",
            "--Storage:Provider=Timescale",
            $"--ConnectionStrings:Timescale=Host=127.0.0.1;Port={((IPEndPoint)server.LocalEndpoint).Port};Username=x;Password=y;SSL Mode=Disable");
        Assert.Equal(2, exitCode);
        Assert.Equal($"ConnectionStrings:Timescale: {reason}\n", error);
        await stop.CancelAsync();
        await serving;
    }

    [Theory]
    [InlineData(",password=sesame", "WRONGPASS invalid username-password pair or user is disabled.")]
    [InlineData(",user=ali,password=sesame", "WRONGPASS invalid username-password pair or user is disabled.")]
    [InlineData("", "NOAUTH Authentication required.")]
    public async Task A_Redis_that_refuses_is_one_line_without_the_password(string credentials, string reason)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var serving = AnswerAsRedisAsync(server, $"-{reason}\r\n", stop.Token);
        var (exitCode, output, error) = await RunAsync(
            "serve",
            "--Urls=http://localhost:0",
            "--Storage:Provider=Timescale",
            "--ConnectionStrings:Timescale=Host=127.0.0.1;Port=9",
            "--Kafka:BootstrapServers=127.0.0.1:9",
            $"--Orleans:SiloPort={FreePort.Next()}",
            $"--Orleans:GatewayPort={FreePort.Next()}",
            $"--Clustering:Redis={server.LocalEndpoint}{credentials}");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("Clustering:Redis: Redis refuses", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        Assert.Contains(reason.Split(' ')[0], error, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", output + error, StringComparison.Ordinal);
        await stop.CancelAsync();
        await serving;
    }

    [Fact]
    public async Task Https_without_a_certificate_is_one_line()
    {
        var folder = Directory.CreateTempSubdirectory("orleans-analytics-").FullName;
        try
        {
            var (exitCode, _, error) = await RunAsync(
                "serve", "--Urls=https://localhost:0", $"--Storage:Path={Path.Combine(folder, "a.db")}",
                $"--Kestrel:Certificates:Default:Path={Path.Combine(folder, "none.pfx")}");
            Assert.Equal(2, exitCode);
            Assert.StartsWith("Urls:", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_folder_is_no_input()
    {
        var (exitCode, _, error) = await RunAsync("demo", "--input", Path.GetTempPath());
        Assert.Equal(1, exitCode);
        Assert.Contains("is a folder", Assert.Single(error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_shows_the_header_and_the_event_times()
    {
        var (exitCode, output, _) = await RunAsync("replay", "--help");
        Assert.Equal(0, exitCode);
        Assert.Contains("transaction_id,occurred_at", output, StringComparison.Ordinal);
        Assert.Contains("--event-time <original|now>", output, StringComparison.Ordinal);
        Assert.Contains("needed unless Kafka:BootstrapServers names it", output, StringComparison.Ordinal);
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
    [InlineData("bench", "--rate", "0")]
    [InlineData("generate", "--rate", "abc")]
    [InlineData("generate", "--seconds", "abc")]
    [InlineData("generate", "--seed", "abc")]
    [InlineData("broker", "--partitions", "x")]
    [InlineData("broker", "--partitions", "1025")]
    [InlineData("redrive", "--limit", "x")]
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

    // Gives every command the same answer: https://redis.io/docs/latest/develop/reference/protocol-spec/.
    private static async Task AnswerAsRedisAsync(TcpListener server, string answer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await server.AcceptTcpClientAsync(cancellationToken));
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }

        async Task AnswerAsync(TcpClient client)
        {
            using (client)
            {
                using var commands = new StreamReader(client.GetStream(), Encoding.ASCII);
                try
                {
                    while (await commands.ReadLineAsync(cancellationToken) is { } line)
                    {
                        // The length of the next command; its words follow.
                        if (line.StartsWith('*'))
                        {
                            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
                        }
                    }
                }
                catch (Exception exception) when (exception is IOException or OperationCanceledException)
                {
                    // The client has left, or the test is over.
                }
            }
        }
    }

    // Says what PostgreSQL says before it closes the connection: https://www.postgresql.org/docs/current/protocol-error-fields.html.
    private static async Task RefuseAsync(TcpListener server, string state, string reason, CancellationToken cancellationToken)
    {
        var fields = Encoding.UTF8.GetBytes($"SFATAL\0VFATAL\0C{state}\0M{reason}\0\0");
        var answer = new byte[5 + fields.Length];
        answer[0] = (byte)'E';
        BinaryPrimitives.WriteInt32BigEndian(answer.AsSpan(1), 4 + fields.Length);
        fields.CopyTo(answer, 5);
        try
        {
            while (true)
            {
                using var client = await server.AcceptTcpClientAsync(cancellationToken);
                var request = new byte[4_096];
                var read = await client.GetStream().ReadAtLeastAsync(request, 8, throwOnEndOfStream: false, cancellationToken);

                // A question for encryption (SSL or GSS) is 8 bytes long; the start of a session is longer.
                if (read == 8)
                {
                    await client.GetStream().WriteAsync("N"u8.ToArray(), cancellationToken);
                    await client.GetStream().ReadAtLeastAsync(request, 9, throwOnEndOfStream: false, cancellationToken);
                }

                await client.GetStream().WriteAsync(answer, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
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
