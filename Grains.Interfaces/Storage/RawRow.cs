using Analytics.Transactions;

namespace Analytics.Storage;

/// <summary>One accepted record: a row of <c>transactions</c>.</summary>
/// <param name="Transaction">The transaction.</param>
/// <param name="Offset">Kafka offset; the partition is that of the checkpoint it is committed with.</param>
/// <param name="IngestedAtMicros">When the silo read it, microseconds since the Unix epoch.</param>
/// <param name="Late">Whether it came too late for the live windows (DESIGN.md section 3).</param>
public readonly record struct RawRow(CardTransaction Transaction, long Offset, long IngestedAtMicros, bool Late);
