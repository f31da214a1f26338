using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Analytics.Tests.Integration;

/// <summary>The built executable in a process of its own, with a database of its own, on free ports; ended by its id.</summary>
internal sealed partial class ServeProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(150);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly string? _folder;
    private bool _keepFolder;
    private bool _disposed;

    private ServeProcess(Process process, string? folder)
    {
        _process = process;
        _folder = folder;
        Http = new() { Timeout = TimeSpan.FromSeconds(30) };
    }

    public HttpClient Http { get; }

    /// <summary>Address of the Kafka broker, embedded or not, as the start page names it.</summary>
    public string BootstrapServers { get; private set; } = "";

    /// <summary>From the start of the process to its first answer.</summary>
    public TimeSpan TimeToFirstAnswer { get; private set; }

    public string DatabasePath => Path.Combine(_folder!, "analytics.db");

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Runs a verb that ends by itself, and gives its exit code and output.</summary>
    public static Task<(int ExitCode, string Output)> RunAsync(CancellationToken cancellationToken, params string[] arguments) =>
        RunInAsync(Path.GetTempPath(), cancellationToken, arguments);

    /// <summary>As <see cref="RunAsync"/>, with a working directory of its own.</summary>
    public static async Task<(int ExitCode, string Output)> RunInAsync(
        string directory, CancellationToken cancellationToken, params string[] arguments)
    {
        var info = StartInfo(arguments);
        info.WorkingDirectory = directory;
        using var process = Process.Start(info)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var error = process.StandardError.ReadToEndAsync(cancellationToken);
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill();
            throw;
        }

        return (process.ExitCode, await output + await error);
    }

    /// <summary>Starts <c>serve</c> (or another verb that serves) and waits for its first answer.</summary>
    public static async Task<ServeProcess> StartAsync(string verb, CancellationToken cancellationToken, params string[] arguments)
    {
        var folder = Directory.CreateTempSubdirectory("analytics-test-").FullName;
        return await StartInAsync(folder, verb, cancellationToken, arguments);
    }

    /// <summary>As <see cref="StartAsync"/>, on the database of a process that ran before.</summary>
    public static Task<ServeProcess> StartInAsync(
        string folder, string verb, CancellationToken cancellationToken, params string[] arguments) =>
        StartInAsync(folder, verb, environment: null, cancellationToken, arguments);

    /// <summary>The same, with more in its environment.</summary>
    public static async Task<ServeProcess> StartInAsync(
        string folder,
        string verb,
        IReadOnlyDictionary<string, string>? environment,
        CancellationToken cancellationToken,
        params string[] arguments)
    {
        var clock = Stopwatch.StartNew();
        string[] all =
        [
            verb, .. arguments, "--Urls=http://127.0.0.1:0", $"--Storage:Path={Path.Combine(folder, "analytics.db")}",
        ];
        var info = StartInfo(all);
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        var serve = new ServeProcess(Process.Start(info)!, folder);
        serve.Read(serve._process.StandardOutput);
        serve.Read(serve._process.StandardError);
        try
        {
            await serve.WaitForStartAsync(cancellationToken);
        }
        catch
        {
            await serve.DisposeAsync();
            throw;
        }

        serve.TimeToFirstAnswer = clock.Elapsed;
        return serve;
    }

    public async Task<JsonNode> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await Http.GetAsync(new Uri(Http.BaseAddress!, path), cancellationToken);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"GET {path}: {response.StatusCode}\n{Output}");
        return (await JsonNode.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken))!;
    }

    /// <summary>Asserts that <c>reconcile</c> finds the database equal.</summary>
    public async Task AssertReconciledAsync(CancellationToken cancellationToken)
    {
        var (exitCode, output) = await RunAsync(cancellationToken, "reconcile", $"--Storage:Path={DatabasePath}");
        Assert.True(exitCode == 0, output);
        Assert.Contains(" 0 in flight", output, StringComparison.Ordinal);
    }

    /// <summary>Waits until the overview satisfies a condition, and gives it.</summary>
    public async Task<JsonNode> WaitForOverviewAsync(Func<JsonNode, bool> condition, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var overview = await GetAsync("/v1/overview", cancellationToken);
            if (condition(overview))
            {
                return overview;
            }

            Assert.True(clock.Elapsed < deadline, $"Not reached within {deadline}:\n{overview}\n{Output}");
            await Task.Delay(50, cancellationToken);
        }
    }

    public bool HasExited => _process.HasExited;

    /// <summary>Memory in use, in bytes; 0 when the process has ended.</summary>
    public long ResidentBytes
    {
        get
        {
            try
            {
                _process.Refresh();
                return _process.HasExited ? 0 : _process.WorkingSet64;
            }
            catch (InvalidOperationException)
            {
                // It ended between the two.
                return 0;
            }
        }
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task<int> StopAsync(CancellationToken cancellationToken)
    {
        await SignalAsync("TERM", cancellationToken);
        return await WaitForExitAsync(cancellationToken);
    }

    /// <summary>Sends a signal, named as <c>kill</c> knows it.</summary>
    public async Task SignalAsync(string signal, CancellationToken cancellationToken)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Waits for the end, and gives the exit code; 128 and the number of the signal that ended it.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: nothing of the process gets to run any more.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Keeps the database's folder when the process is disposed, for another one to start on.</summary>
    public string KeepFolder()
    {
        _keepFolder = true;
        return _folder!;
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        Http.Dispose();
        if (!_keepFolder && _folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    internal static ProcessStartInfo StartInfo(string[] arguments)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        var silo = Path.Combine(Repository.Root, "Silo", "bin", configuration, "net10.0", "Silo.dll");
        Assert.True(File.Exists(silo), $"{silo} is not built.");
        var info = new ProcessStartInfo("dotnet", [silo, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Path.GetTempPath(),
        };
        info.Environment["NO_COLOR"] = "1";
        return info;
    }

    private async Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            Assert.False(_process.HasExited, $"The process ended with {(_process.HasExited ? _process.ExitCode : 0)}:\n{Output}");
            Assert.True(clock.Elapsed < StartDeadline, $"No answer within {StartDeadline}:\n{Output}");
            var output = Output;
            if (HttpAddress().Match(output) is { Success: true } address)
            {
                Http.BaseAddress ??= new Uri(address.Value);
                try
                {
                    using var response = await Http.GetAsync(new Uri(Http.BaseAddress, "/health/live"), cancellationToken);
                    if (response.IsSuccessStatusCode && KafkaAddress().Match(output) is { Success: true } kafka)
                    {
                        BootstrapServers = kafka.Groups[1].Value;
                        return;
                    }
                }
                catch (HttpRequestException)
                {
                    // It has said where it will listen, and does not listen yet.
                }
            }

            await Task.Delay(20, cancellationToken);
        }
    }

    private void Read(StreamReader reader) => _ = Task.Run(async () =>
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_output)
            {
                _output.AppendLine(line);
            }
        }
    });

    [GeneratedRegex(@"http://127\.0\.0\.1:[1-9]\d*")]
    private static partial Regex HttpAddress();

    [GeneratedRegex(@"(?i)(?:broker|kafka)[^\n]*?(127\.0\.0\.1:\d+)")]
    private static partial Regex KafkaAddress();
}
