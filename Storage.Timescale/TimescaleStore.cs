using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using Npgsql;

namespace Analytics.Storage.Timescale;

/// <summary>
/// The store on PostgreSQL with TimescaleDB, of either edition. Commits wait for the server's <c>synchronous_commit</c>, which a
/// checkpoint relies on: leave it on.
/// </summary>
public sealed partial class TimescaleStore : IAnalyticsStore, IHistoryReader, IAsyncDisposable, IDisposable
{
    private readonly NpgsqlDataSource _dataSource;
    private readonly TimescaleFaults _faults;

    // Tells this process's own checkpoint, whose confirmation was lost, from one that another owner wrote.
    private readonly Guid _writer = Guid.NewGuid();

    /// <param name="connectionString">Npgsql's keywords; what the store presets can be overridden in it.</param>
    /// <exception cref="ArgumentException">The connection string cannot be parsed or names no host.</exception>
    public TimescaleStore(string connectionString)
    {
        var settings = ConnectionSettings.Parse(connectionString);
        _faults = new TimescaleFaults(settings);
        _dataSource = new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => Guard("say its version", async () =>
    {
        await using var command = _dataSource.CreateCommand(
            """
            SELECT current_setting('server_version'),
                   (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
                   current_setting('timescaledb.license', true)
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var extension = await reader.IsDBNullAsync(1, cancellationToken)
            ? "no TimescaleDB yet"
            : $"TimescaleDB {reader.GetString(1)} ({(reader.GetString(2) == "timescale" ? "Community" : "Apache")} edition)";
        return $"{extension} on PostgreSQL {reader.GetString(0)} at {_faults.Address}";
    });

    public Task MigrateAsync(CancellationToken cancellationToken) => Guard("bring the schema up to date", async () =>
    {
        await TimescaleMigrations.RunAsync(_dataSource, cancellationToken);
        return true;
    });

    public ValueTask DisposeAsync() => _dataSource.DisposeAsync();

    public void Dispose() => _dataSource.Dispose();

    private async Task<T> Guard<T>(string work, Func<Task<T>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            Rethrow(exception, work);
            throw;
        }
    }

    [DoesNotReturn]
    private void Rethrow(Exception exception, string work)
    {
        if (_faults.Translate(exception, work) is { } unavailable)
        {
            throw unavailable;
        }

        ExceptionDispatchInfo.Throw(exception);
    }
}
