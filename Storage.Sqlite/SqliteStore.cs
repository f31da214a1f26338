using System.Diagnostics.Metrics;

namespace Analytics.Storage.Sqlite;

/// <summary>The embedded store: one file, written by one thread and read by others at the same time.</summary>
public sealed partial class SqliteStore : IAnalyticsStore, IHistoryReader, IDisposable
{
    /// <summary>Name of the meter that says how many calls wait.</summary>
    public const string MeterName = "Analytics.Storage.Sqlite";

    private const int Readers = 2;

    private static readonly TimeSpan DefaultBusyTimeout = TimeSpan.FromSeconds(5);

    private readonly string _path;
    private readonly SqliteThreads _writer;
    private readonly SqliteThreads _readers;
    private readonly Meter _meter = new(MeterName);

    // Tells this process's own checkpoint, whose confirmation was lost, from one that another owner wrote.
    private readonly string _writerId = Guid.NewGuid().ToString();

    /// <param name="path">The database file; it and its folder are made when they do not exist.</param>
    public SqliteStore(string path)
        : this(path, DefaultBusyTimeout)
    {
    }

    /// <param name="path">The database file; it and its folder are made when they do not exist.</param>
    /// <param name="busyTimeout">How long a statement waits for another process's lock; whole seconds, at least one.</param>
    internal SqliteStore(string path, TimeSpan busyTimeout)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        _path = Path.GetFullPath(path);
        _writer = new SqliteThreads("sqlite writer", 1, _path, busyTimeout);
        _readers = new SqliteThreads("sqlite reader", Readers, _path, busyTimeout);
        _meter.CreateObservableGauge(
            "analytics.sqlite.queue_length",
            () => new[]
            {
                new Measurement<int>(_writer.QueueLength, new KeyValuePair<string, object?>("queue", "write")),
                new Measurement<int>(_readers.QueueLength, new KeyValuePair<string, object?>("queue", "read")),
            },
            description: $"Calls that wait for SQLite; at {SqliteThreads.QueueLimit} callers wait too.");
    }

    public Task<string> DescribeAsync(CancellationToken cancellationToken) => _readers.RunAsync(
        "say its version",
        session => $"SQLite {session.Bind("SELECT sqlite_version()").ExecuteScalar()} at {_path}",
        cancellationToken);

    public Task MigrateAsync(CancellationToken cancellationToken) => _writer.RunAsync(
        "bring the schema up to date",
        session =>
        {
            SqliteMigrations.Run(session);
            return true;
        },
        cancellationToken);

    /// <summary>Ends the threads once they have done what is queued.</summary>
    public void Dispose()
    {
        _meter.Dispose();
        _writer.Dispose();
        _readers.Dispose();
    }
}
