using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Analytics.Silo.Bench.Child;
using Analytics.Silo.Bench.Processes;

namespace Analytics.Silo.Bench.Rig;

/// <summary>The silo under test, in a process of its own.</summary>
internal sealed partial class BenchSilo : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);
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

    /// <summary>Starts it, and waits until it has begun with every partition.</summary>
    public static async Task<BenchSilo> StartAsync(IReadOnlyDictionary<string, string?> settings, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start(["serve"], settings);
        try
        {
            // The start page is written when it listens.
            var address = await process.WaitForLineAsync(
                line => ApiLine().Match(line) is { Success: true } match ? match.Groups[1].Value : null, StartTimeout, cancellationToken);
            var silo = new BenchSilo(process, new(address));
            var since = Stopwatch.GetTimestamp();
            while (!await silo.HasPartitionsAsync(cancellationToken))
            {
                if (Stopwatch.GetElapsedTime(since) > StartTimeout)
                {
                    throw new BenchException($"The silo has not begun with its partitions within {StartTimeout.TotalSeconds} s. It said last:{Environment.NewLine}{silo.LastLines}");
                }

                await Task.Delay(Poll, cancellationToken);
            }

            return silo;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    private async Task<bool> HasPartitionsAsync(CancellationToken cancellationToken)
    {
        using var answer = await Http.GetAsync(new Uri("/v1/overview", UriKind.Relative), cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            return false;
        }

        using var overview = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellationToken));
        var partitions = overview.RootElement.GetProperty("partitions");
        return partitions.GetArrayLength() > 0
            && partitions.EnumerateArray().All(partition => partition.GetProperty("silo").ValueKind == JsonValueKind.String);
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
