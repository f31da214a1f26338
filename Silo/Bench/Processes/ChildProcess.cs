using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;

namespace Analytics.Silo.Bench.Processes;

/// <summary>A process of this program's own, started with a verb. Ended by its id; it also ends by itself when this process does.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int KeptLines = 40;

    // The image and dotnet run set it so; the Dockerfile says why.
    private const string CollectorVariable = "DOTNET_GCgen0size";
    private const string CollectorBytes = "0x20000000";

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(40);

    private readonly Process _process;
    private readonly string _verb;
    private readonly Queue<string> _lastLines = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly Task[] _reading;

    private ChildProcess(Process process, string verb)
    {
        (_process, _verb) = (process, verb);
        _reading = [ReadAsync(process.StandardOutput), ReadAsync(process.StandardError)];
        Meter = new ProcessMeter(process.Id);
    }

    public ProcessMeter Meter { get; }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it said last.</summary>
    public string LastLines
    {
        get
        {
            lock (_lastLines)
            {
                return string.Join(Environment.NewLine, _lastLines);
            }
        }
    }

    /// <param name="verb">The verb with its options.</param>
    /// <param name="settings">Settings by key. They go by environment: a command line, and so a password in it, is for all to see.</param>
    public static ChildProcess Start(IReadOnlyList<string> verb, IReadOnlyDictionary<string, string?> settings)
    {
        var program = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(program).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        var info = new ProcessStartInfo(program, isHost ? [typeof(ChildProcess).Assembly.Location, .. verb] : verb)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (key, value) in settings)
        {
            info.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        info.Environment[BenchParentVariable] = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        info.Environment["NO_COLOR"] = "1";
        info.Environment.TryAdd(CollectorVariable, CollectorBytes);
        return new(Process.Start(info)!, verb[0]);
    }

    private static string BenchParentVariable => Child.BenchMode.ParentKey.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>Waits for a line of its output.</summary>
    /// <param name="find">What is looked for; null for a line that is not it.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchException">It ended, or did not say it in time.</exception>
    public async Task<string> WaitForLineAsync(Func<string, string?> find, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            await foreach (var line in _lines.Reader.ReadAllAsync(deadline.Token))
            {
                if (find(line) is { } found)
                {
                    return found;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException($"'{_verb}' did not start within {timeout.TotalSeconds} s. It said last:{Environment.NewLine}{LastLines}");
        }

        throw new BenchException($"'{_verb}' ended before it had started:{Environment.NewLine}{LastLines}");
    }

    /// <summary>Asks it to end, and waits.</summary>
    /// <exception cref="BenchException">It did not end by itself, or with an error.</exception>
    public async Task StopAsync()
    {
        // Closing its input is what it takes for its parent's end, so this works wherever there are no signals.
        _process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(StopTimeout);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new BenchException($"'{_verb}' did not end within {StopTimeout.TotalSeconds} s. It said last:{Environment.NewLine}{LastLines}");
        }

        if (_process.ExitCode != 0)
        {
            throw new BenchException($"'{_verb}' ended with exit code {_process.ExitCode}:{Environment.NewLine}{LastLines}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await Task.WhenAll(_reading);
        _process.Dispose();
    }

    private async Task ReadAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_lastLines)
            {
                _lastLines.Enqueue(line);
                if (_lastLines.Count > KeptLines)
                {
                    _lastLines.Dequeue();
                }
            }

            _lines.Writer.TryWrite(line);
        }

        // The end of either stream is the end of the process, or near enough for whoever waits for a line.
        _lines.Writer.TryComplete();
    }
}
