using System.Data.Common;
using Npgsql;
using NpgsqlTypes;

namespace Analytics.Storage.Timescale;

/// <summary>Between microseconds since the Unix epoch and <c>timestamptz</c>, which PostgreSQL keeps in microseconds too.</summary>
internal static class Timestamps
{
    /// <summary>Microseconds from the Unix epoch to 2000-01-01, from which PostgreSQL counts.</summary>
    public const long PostgresEpochMicros = 946_684_800_000_000;

    // 4713 BC and 294276 AD in PostgreSQL's count, rounded inwards; what lies outside is as good as infinite.
    private const long FirstMicros = -210_000_000_000_000_000;
    private const long LastMicros = 9_223_000_000_000_000_000;

    /// <param name="micros">Microseconds since the Unix epoch; values outside what PostgreSQL can say become infinities.</param>
    public static NpgsqlParameter Parameter(long micros) => new NpgsqlParameter<long>
    {
        TypedValue = ToPostgres(micros),
        NpgsqlDbType = NpgsqlDbType.TimestampTz,
    };

    /// <inheritdoc cref="Parameter(long)"/>
    public static NpgsqlParameter Parameter(long[] micros) => new NpgsqlParameter<long[]>
    {
        TypedValue = Array.ConvertAll(micros, ToPostgres),
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
    };

    public static long Read(DbDataReader reader, int ordinal) => reader.GetFieldValue<long>(ordinal) + PostgresEpochMicros;

    private static long ToPostgres(long micros) =>
        micros < FirstMicros ? long.MinValue : micros > LastMicros ? long.MaxValue : micros - PostgresEpochMicros;
}
