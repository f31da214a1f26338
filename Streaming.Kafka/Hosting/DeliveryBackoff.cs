using Orleans.Internal;
using Orleans.Runtime.Providers;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// How long an agent waits before it gives a batch to its subscriber again. Orleans' default grows to 30 s, which is how long a partition
/// would stand still after its subscriber moved at the wrong moment; a delivery is one call per partition, so trying often costs nothing.
/// </summary>
internal sealed class DeliveryBackoff : IMessageDeliveryBackoffProvider
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    public TimeSpan Next(int attempt)
    {
        var delay = First * Math.Pow(2, Math.Clamp(attempt, 0, 10));
        return delay < Longest ? delay : Longest;
    }
}
