using Microsoft.Data.Sqlite;

namespace Analytics.Storage.Sqlite;

/// <summary>One connection and its prepared statements. Used by one thread.</summary>
internal sealed class SqliteSession : IDisposable
{
    /// <summary>
    /// A commit is written to the log file before it is reported, so it survives the end of this process, kill -9 included. It is not
    /// synced to the disk then (NORMAL): a loss of power can take the last commits with it, always from the end, so that the database goes
    /// back to an earlier moment as a whole. Checkpoints go back with everything they vouch for, and the records after them are read
    /// again from Kafka. FULL would cost a disk sync for every commit and save only that repetition.
    /// The log is moved into the database every 32 MiB: buckets are overwritten every second, and only their last value is moved.
    /// </summary>
    private const string Settings =
        """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA wal_autocheckpoint = 8192;
        PRAGMA journal_size_limit = 67108864;
        PRAGMA cache_size = -65536;
        PRAGMA temp_store = MEMORY;
        """;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SqliteInsert> _inserts = new(StringComparer.Ordinal);

    /// <param name="path">The database file; it and its folder are made when they do not exist.</param>
    /// <param name="busyTimeout">How long a statement waits for another process's lock; whole seconds, at least one.</param>
    public SqliteSession(string path, TimeSpan busyTimeout)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = (int)busyTimeout.TotalSeconds,
        };
        _connection = new SqliteConnection(settings.ConnectionString);
        try
        {
            _connection.Open();
            Execute(Settings);
        }
        catch
        {
            _connection.Dispose();
            throw;
        }
    }

    /// <summary>The prepared statement of this text, whose parameters are $0, $1, ... in the order of <paramref name="values"/>.</summary>
    public SqliteCommand Bind(string sql, params ReadOnlySpan<object?> values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
        {
            statement = _connection.CreateCommand();
            statement.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                statement.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
            }

            _statements.Add(sql, statement);
        }

        for (var i = 0; i < values.Length; i++)
        {
            statement.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return statement;
    }

    /// <summary>The prepared statement of this text, for many rows.</summary>
    public SqliteInsert Insert(string sql)
    {
        if (!_inserts.TryGetValue(sql, out var insert))
        {
            _inserts.Add(sql, insert = new SqliteInsert(_connection, sql));
        }

        // A row before may have failed between two of its values.
        insert.Restart();
        return insert;
    }

    /// <summary>Runs <paramref name="work"/> in a transaction, which is committed when it returns true and rolled back otherwise.</summary>
    public bool Transact(Func<SqliteSession, bool> work)
    {
        // IMMEDIATE takes the write lock at once: a transaction that starts by reading could not upgrade after another process has written.
        Bind("BEGIN IMMEDIATE").ExecuteNonQuery();
        var committed = false;
        try
        {
            if (work(this))
            {
                Bind("COMMIT").ExecuteNonQuery();
                committed = true;
            }

            return committed;
        }
        finally
        {
            if (!committed)
            {
                Rollback();
            }
        }
    }

    /// <summary>Runs statements that are not worth keeping.</summary>
    public void Execute(string script)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = script;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (var insert in _inserts.Values)
        {
            insert.Dispose();
        }

        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _connection.Dispose();
    }

    private void Rollback()
    {
        try
        {
            Bind("ROLLBACK").ExecuteNonQuery();
        }
        catch (SqliteException)
        {
            // Some faults have rolled back already, and then there is no transaction; the first fault is on its way to the caller.
        }
    }
}
