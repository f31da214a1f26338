using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Analytics.Silo.Composition;
using Analytics.Tests.Integration;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>The <c>serve</c> processes of a run: a fixed number of places, in each of which a silo runs or is down.</summary>
internal sealed class SiloCluster : IAsyncDisposable
{
    /// <summary>What Orleans writes when it ends a process that the membership calls dead.</summary>
    public const string ToldDead = "I have been told I am dead";

    private const int MaxStarts = 5;

    // How ServeProcess says that a silo ended at its start for want of a server.
    private static readonly string[] WorthAnotherStart = [ToldDead, $"The process ended with {ServerAwayException.ExitCode}:"];

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Supervision = TimeSpan.FromMilliseconds(200);

    // Below the range from which the kernel takes the ports of outgoing connections.
    private const int FirstPort = 20_000;
    private const int LastPort = 32_000;

    private readonly string[] _settings;
    private readonly bool _isCluster;
    private readonly string _folder;
    private readonly Func<SiloPlace, IReadOnlyDictionary<string, string>>? _environment;
    private readonly SiloPlace[] _places;
    private readonly List<ServeProcess> _ended = [];
    private readonly Lock _lock = new();
    private int _asked;
    private int _repeatedStarts;

    /// <param name="count">How many places.</param>
    /// <param name="folder">Where a single silo keeps its store; deleted at the end.</param>
    /// <param name="redis">Where silos find each other; null for a single one.</param>
    /// <param name="settings">What every silo is told.</param>
    /// <param name="environment">What the silo in a place has in its environment besides ours.</param>
    public SiloCluster(
        int count, string folder, string? redis, IEnumerable<string> settings, Func<SiloPlace, IReadOnlyDictionary<string, string>>? environment = null)
    {
        (_folder, _environment) = (folder, environment);
        _isCluster = redis is not null;
        _settings = [.. settings, .. redis is null ? Array.Empty<string>() : [$"--Clustering:Redis={redis}", "--Orleans:AdvertisedIP=127.0.0.1"]];
        _places = [.. Enumerable.Range(0, count).Select(i => new SiloPlace(i))];
    }

    /// <summary>How many starts came to nothing, and were made again.</summary>
    public int RepeatedStarts => Volatile.Read(ref _repeatedStarts);

    public IReadOnlyList<SiloPlace> Places => _places;

    /// <summary>What the silos that have ended wrote, in the order in which they ended.</summary>
    public IReadOnlyList<string> EndedOutputs
    {
        get
        {
            lock (_lock)
            {
                return [.. _ended.Select(s => s.Output)];
            }
        }
    }

    /// <summary>The first place from the given one on whose silo answers; null when none does.</summary>
    public SiloPlace? Running(int from) => Enumerable.Range(from, _places.Length)
        .Select(i => _places[i % _places.Length])
        .FirstOrDefault(p => p is { Silo: { HasExited: false }, IsBusy: false });

    /// <summary>
    /// Starts a silo in a place and waits for its first answer; again, as a supervisor does, when the others took it for dead before it came to
    /// that, or a server that the run has taken away was away for too long.
    /// </summary>
    public async Task StartAsync(SiloPlace place, bool samePort, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await StartOnceAsync(place, samePort && attempt == 1, cancellationToken);
                return;
            }
            catch (Xunit.Sdk.XunitException exception)
                when (_isCluster && attempt < MaxStarts && WorthAnotherStart.Any(reason => exception.Message.Contains(reason, StringComparison.Ordinal)))
            {
                // On a machine that is too busy to answer a probe, or to bring a server up again in time.
                Interlocked.Increment(ref _repeatedStarts);
            }
        }
    }

    private async Task StartOnceAsync(SiloPlace place, bool samePort, CancellationToken cancellationToken)
    {
        if (_isCluster && (!samePort || place.SiloPort == 0))
        {
            (place.SiloPort, place.GatewayPort) = (FreePort(), FreePort());
        }

        string[] ports = _isCluster ? [$"--Orleans:SiloPort={place.SiloPort}", $"--Orleans:GatewayPort={place.GatewayPort}"] : [];
        var silo = await ServeProcess.StartInAsync(_folder, "serve", _environment?.Invoke(place), cancellationToken, [.. ports, .. _settings]);
        silo.KeepFolder();
        place.Silo = silo;
    }

    /// <summary>Takes a silo that has ended out of its place, but keeps what it wrote.</summary>
    public async Task<int> ClearAsync(SiloPlace place, CancellationToken cancellationToken)
    {
        var silo = place.Silo!;
        var exitCode = await silo.WaitForExitAsync(cancellationToken);
        lock (_lock)
        {
            _ended.Add(silo);
        }

        place.Silo = null;
        return exitCode;
    }

    /// <summary>Asks one silo after the other; null when the one whose turn it is does not answer in time.</summary>
    public async Task<JsonNode?> TryGetAsync(string path, CancellationToken cancellationToken)
    {
        if (Running(Interlocked.Increment(ref _asked) % _places.Length)?.Silo is not { } silo)
        {
            return null;
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(AnswerTimeout);
        try
        {
            using var response = await silo.Http.GetAsync(new Uri(silo.Http.BaseAddress!, path), timeout.Token);
            return response.StatusCode == HttpStatusCode.OK
                ? await JsonNode.ParseAsync(await response.Content.ReadAsStreamAsync(timeout.Token), cancellationToken: timeout.Token)
                : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or ObjectDisposedException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>The output of every silo, those that run last.</summary>
    public void WriteOutputs(string folder)
    {
        Directory.CreateDirectory(folder);
        var outputs = EndedOutputs.Concat(_places.Where(p => p.Silo is not null).Select(p => p.Silo!.Output)).ToList();
        for (var i = 0; i < outputs.Count; i++)
        {
            File.WriteAllText(Path.Combine(folder, $"silo-{i:D3}.log"), outputs[i]);
        }
    }

    /// <summary>Completes when a silo runs in every place.</summary>
    public async Task WaitUntilAllRunAsync(CancellationToken cancellationToken)
    {
        while (_places.Any(p => p is not { IsBusy: false, Silo.HasExited: false }))
        {
            await Task.Delay(Supervision, cancellationToken);
        }
    }

    /// <summary>Starts again what ended by itself, as a supervisor does, until it is told to stop.</summary>
    /// <param name="ended">Is told of each end: the place and the exit code.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task SuperviseAsync(Action<SiloPlace, int> ended, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            foreach (var place in _places.Where(p => p is { IsBusy: false, Silo.HasExited: true }))
            {
                place.IsBusy = true;
                ended(place, await ClearAsync(place, cancellationToken));
                await StartAsync(place, samePort: false, cancellationToken);
                place.IsBusy = false;
            }

            await Task.Delay(Supervision, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var silo in _places.Select(p => p.Silo).OfType<ServeProcess>().Concat(_ended))
        {
            await silo.DisposeAsync();
        }

        // A start that failed deletes it too.
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(FirstPort, LastPort);
            try
            {
                using var listener = new TcpListener(IPAddress.Any, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
