using Analytics.Hosting;
using Analytics.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Analytics.Persistence;

/// <summary>The silo's end of <see cref="IWriteBufferService"/>.</summary>
[Reentrant]
internal sealed class WriteBufferService(
    GrainId grainId, Silo silo, ILoggerFactory loggerFactory, WriteBuffer buffer, IOptions<AnalyticsOptions> options)
    : GrainService(grainId, silo, loggerFactory), IWriteBufferService
{
    public async Task FlushAsync()
    {
        using var timeout = new CancellationTokenSource(options.Value.StoreTimeout);
        try
        {
            await buffer.FlushAsync(timeout.Token);
        }
        catch (SiloFencedException exception)
        {
            // Only this silo is fenced, and not the one that asks: to it, this one is gone.
            throw new SiloUnavailableException(exception.Message);
        }
    }
}
