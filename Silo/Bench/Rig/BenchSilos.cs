using System.Globalization;
using Analytics.Silo.Bench.Child;
using Analytics.Silo.Bench.Processes;
using Analytics.Silo.Composition;

namespace Analytics.Silo.Bench.Rig;

/// <summary>The silos under test, one or the members of a cluster, as one: totals and costs are sums, and requests go to each in turn.</summary>
internal sealed class BenchSilos : IAsyncDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    private readonly IReadOnlyList<BenchSilo> _silos;
    private uint _turn;

    private BenchSilos(IReadOnlyList<BenchSilo> silos)
    {
        _silos = silos;
        Meter = new SumOfMeters([.. silos.Select(silo => silo.Meter)]);
    }

    /// <summary>The API of the one whose turn it is.</summary>
    public HttpClient Http => _silos[(int)(Interlocked.Increment(ref _turn) % _silos.Count)].Http;

    public ICostMeter Meter { get; }

    public string LastLines => _silos.Count == 1
        ? _silos[0].LastLines
        : string.Join(Environment.NewLine, _silos.Select(silo => $"{silo.Http.BaseAddress}:{Environment.NewLine}{silo.LastLines}"));

    /// <summary>Starts them side by side, and waits until each has begun with its share of the partitions.</summary>
    /// <param name="count">How many.</param>
    /// <param name="settings">What every one is told.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BenchException">One has not started, or has not begun with its partitions.</exception>
    public static async Task<BenchSilos> StartAsync(int count, IReadOnlyDictionary<string, string?> settings, CancellationToken cancellationToken)
    {
        var ports = Ports.AnyFree(2 * count);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var starting = Enumerable.Range(0, count)
            .Select(i => BenchSilo.StartAsync(count == 1 ? settings : WithPorts(settings, ports[2 * i], ports[(2 * i) + 1]), giveUp.Token)).ToArray();
        try
        {
            await foreach (var start in Task.WhenEach(starting))
            {
                await start;
            }

            BenchSilo[] silos = [.. starting.Select(start => start.Result)];
            await Task.WhenAll(silos.Select(silo => silo.WaitForPartitionsAsync(count, Poll, cancellationToken)));
            return new(silos);
        }
        catch
        {
            await giveUp.CancelAsync();
            await ((Task)Task.WhenAll(starting)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await DisposeAllAsync(starting.Where(start => start.IsCompletedSuccessfully).Select(start => start.Result));
            throw;
        }
    }

    /// <exception cref="BenchException">One has ended, or does not answer.</exception>
    public async Task<BenchState> ReadStateAsync(CancellationToken cancellationToken) =>
        BenchState.Sum(await Task.WhenAll(_silos.Select(silo => silo.ReadStateAsync(cancellationToken))));

    /// <summary>Ends them gracefully.</summary>
    public Task StopAsync() => Task.WhenAll(_silos.Select(silo => silo.StopAsync()));

    public async ValueTask DisposeAsync() => await DisposeAllAsync(_silos);

    // Whatever becomes of one, the others end.
    private static Task DisposeAllAsync(IEnumerable<BenchSilo> silos) => Task.WhenAll(silos.Select(silo => silo.DisposeAsync().AsTask()));

    // Members of a cluster take every port at its word.
    private static Dictionary<string, string?> WithPorts(IReadOnlyDictionary<string, string?> settings, int silo, int gateway) => new(settings)
    {
        ["Orleans:SiloPort"] = silo.ToString(CultureInfo.InvariantCulture),
        ["Orleans:GatewayPort"] = gateway.ToString(CultureInfo.InvariantCulture),
    };
}
