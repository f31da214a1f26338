namespace Analytics.Transactions;

/// <summary>Microseconds since the Unix epoch: how event times are kept in memory, in SQLite and, by precision, in PostgreSQL.</summary>
public static class UnixMicros
{
    public const long PerMillisecond = 1_000;
    public const long PerSecond = 1_000_000;
    public const long PerMinute = 60 * PerSecond;

    /// <summary>Before every event time: stands for "none so far".</summary>
    public const long None = long.MinValue;

    public static DateTimeOffset ToDateTimeOffset(long micros) =>
        DateTimeOffset.UnixEpoch.AddTicks(micros * TimeSpan.TicksPerMicrosecond);

    /// <summary>Truncates to the microsecond, towards the past.</summary>
    public static long From(DateTimeOffset time) =>
        Math.DivRem(time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks, TimeSpan.TicksPerMicrosecond, out var rest) - (rest < 0 ? 1 : 0);

    /// <summary>The epoch-aligned minute that holds <paramref name="micros"/>, as minutes since the Unix epoch.</summary>
    public static long MinuteOf(long micros) => Math.DivRem(micros, PerMinute, out var rest) - (rest < 0 ? 1 : 0);
}
