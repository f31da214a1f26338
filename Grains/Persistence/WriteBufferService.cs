using Analytics.Hosting;
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
        await buffer.FlushAsync(timeout.Token);
    }
}
