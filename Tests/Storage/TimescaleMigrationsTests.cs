using Analytics.Storage.Timescale;
using Npgsql;

namespace Analytics.Tests.Storage;

[Trait("Needs", "Servers")]
public sealed class TimescaleMigrationsTests : IAsyncLifetime
{
    private readonly TimescaleDatabase _database = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _database.CreateAsync(Cancel);
        await using var store = new TimescaleStore(_database.ConnectionString);
        await store.MigrateAsync(Cancel);
    }

    public async ValueTask DisposeAsync() => await _database.DropAsync();

    [Fact]
    public async Task Tables_of_rows_by_time_are_hypertables_without_superfluous_indexes()
    {
        Assert.Equal(
            "account_windows,alerts,audit_log,merchant_windows,transactions",
            await _database.ScalarAsync<string>(
                "SELECT string_agg(hypertable_name::text, ',' ORDER BY hypertable_name) FROM timescaledb_information.hypertables WHERE hypertable_schema = 'public'",
                Cancel));
        Assert.Equal(
            "transactions_account,transactions_ingested",
            await _database.ScalarAsync<string>(
                "SELECT string_agg(indexname, ',' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'public' AND tablename = 'transactions'",
                Cancel));
    }

    /// <summary>With few pages a range, the server drops requests to summarize them and logs each, dozens a second.</summary>
    [Fact]
    public async Task The_index_of_ingestion_of_a_new_chunk_has_long_ranges()
    {
        await _database.ScalarAsync<long>(
            """
            INSERT INTO transactions
            VALUES (now(), now(), 1, 1, 1, 1, 1, 1, 1, false, 't', 'a', 'm', 'EUR', '', '') RETURNING kafka_offset
            """,
            Cancel);
        Assert.Equal(
            "autosummarize=on,pages_per_range=1024",
            await _database.ScalarAsync<string>(
                "SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname LIKE '%chunk_transactions_ingested'", Cancel));
    }

    /// <summary>
    /// The Apache edition parses the Community layer and resolves its functions and arguments, and then refuses each statement by the
    /// license. On the Community edition the migration itself has run the layer.
    /// </summary>
    [Fact]
    public async Task The_community_layer_is_refused_only_for_the_license()
    {
        if (await _database.ScalarAsync<string>("SELECT current_setting('timescaledb.license')", Cancel) == "timescale")
        {
            Assert.Equal(4, await _database.ScalarAsync<long>("SELECT count(*) FROM timescaledb_information.continuous_aggregates", Cancel));
            return;
        }

        await using var connection = new NpgsqlConnection(_database.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancel);
        var refused = 0;
        foreach (var statement in await ReadCommunityStatementsAsync())
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancel);
            await using var command = new NpgsqlCommand(statement, connection, transaction);
            try
            {
                await command.ExecuteNonQueryAsync(Cancel);
            }
            catch (PostgresException exception)
            {
                Assert.True(exception.SqlState == PostgresErrorCodes.FeatureNotSupported, $"{exception.Message}\n{statement}");
                Assert.Contains("license", exception.MessageText, StringComparison.Ordinal);
                refused++;
            }

            await transaction.RollbackAsync(Cancel);
        }

        // Four aggregates, their four refresh policies and two retention policies.
        Assert.Equal(10, refused);
    }

    private static async Task<string[]> ReadCommunityStatementsAsync()
    {
        var assembly = typeof(TimescaleStore).Assembly;
        var scripts = assembly.GetManifestResourceNames().Where(name => name.Contains(".Migrations.Community.", StringComparison.Ordinal)).Order();
        var statements = new List<string>();
        foreach (var script in scripts)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(script)!);
            var text = await reader.ReadToEndAsync(Cancel);
            statements.AddRange(text.Split(";\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }

        return [.. statements];
    }
}
