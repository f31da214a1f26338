using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Analytics.Silo.Bench.Child;
using Analytics.Silo.Bench.Processes;

namespace Analytics.Silo.Bench.Rig;

/// <summary>A silo under test, in a process of its own.</summary>
internal sealed partial class BenchSilo : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);
    private readonly ChildProcess _process;

    private BenchSilo(ChildProcess process, Uri address)
    {
        _process = process;
        Http = new(new SocketsHttpHandler { PooledConnectionLifetime = Timeout.InfiniteTimeSpan })
        {
            BaseAddress = address,
            Timeout = TimeSpan.FromSeconds(30),
        };
    }

    public HttpClient Http { get; }

    public ICostMeter Meter => _process.Meter;

    public string LastLines => _process.LastLines;

    /// <summary>Starts it, and waits until it listens.</summary>
    public static async Task<BenchSilo> StartAsync(IReadOnlyDictionary<string, string?> settings, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start(["serve"], settings);
        try
        {
            // The start page is written when it listens.
            var address = await process.WaitForLineAsync(
                line => ApiLine().Match(line) is { Success: true } match ? match.Groups[1].Value : null, StartTimeout, cancellationToken);
            return new(process, new(address));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Completes when it sees each partition begun with, and each silo with an even share of them.</summary>
    /// <exception cref="BenchException">That takes too long.</exception>
    public async Task WaitForPartitionsAsync(int silos, TimeSpan poll, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await HavePartitionsAsync(silos, cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(since) > StartTimeout)
            {
                throw new BenchException($"The silo has not begun with its partitions within {StartTimeout.TotalSeconds} s. It said last:{Environment.NewLine}{LastLines}");
            }

            await Task.Delay(poll, cancellationToken);
        }
    }

    private async Task<bool> HavePartitionsAsync(int silos, CancellationToken cancellationToken)
    {
        using var answer = await Http.GetAsync(new Uri("/v1/overview", UriKind.Relative), cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            return false;
        }

        using var overview = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
        var owners = overview.RootElement.GetProperty("partitions").EnumerateArray().Select(partition => partition.GetProperty("silo").GetString()).ToList();
        var shares = owners.GroupBy(owner => owner).ToList();
        return owners.Count > 0
            && shares.Count == Math.Min(silos, owners.Count)
            && shares.All(share => share.Key is not null && share.Count() >= owners.Count / silos);
    }

    /// <exception cref="BenchException">It has ended, or does not answer.</exception>
    public async Task<BenchState> ReadStateAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await Http.GetFromJsonAsync<BenchState>(BenchEndpoint.Path, cancellationToken))!;
        }
        catch (Exception exception) when (
            exception is HttpRequestException || (exception is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            var what = _process.HasExited ? "has ended" : "does not answer";
            throw new BenchException($"The silo {what} ({exception.Message}). It said last:{Environment.NewLine}{LastLines}", exception);
        }
    }

    /// <summary>Ends it gracefully.</summary>
    public Task StopAsync() => _process.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }

    [GeneratedRegex(@"API\s+(http://[\w.\[\]:]+:\d+)")]
    private static partial Regex ApiLine();
}
