namespace Orleans.Streaming.Kafka;

/// <summary>Lets the same error of the same partition into the log once a minute; metrics count all of them. Thread safe.</summary>
internal sealed class ErrorLogLimit
{
    private static readonly long PeriodMs = (long)TimeSpan.FromMinutes(1).TotalMilliseconds;
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Partition, KafkaErrorCode Code), long> _loggedAt = [];

    public bool Allows(int partition, KafkaErrorCode code)
    {
        var now = Environment.TickCount64;
        lock (_lock)
        {
            if (_loggedAt.TryGetValue((partition, code), out var at) && now - at < PeriodMs) return false;
            _loggedAt[(partition, code)] = now;
            return true;
        }
    }
}
