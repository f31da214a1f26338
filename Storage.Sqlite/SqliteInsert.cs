using System.Text;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Analytics.Storage.Sqlite;

/// <summary>
/// A prepared statement that is run once for each of many rows: values are bound one after the other, then the row is executed. It
/// speaks to SQLite's C interface because a SqliteCommand boxes every value and makes a reader for every execution, which together cost
/// several times the insert itself.
/// </summary>
internal sealed class SqliteInsert : IDisposable
{
    private const int LongestUtf8PerChar = 3;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private byte[] _buffer = new byte[1024];
    private int _bound;

    public SqliteInsert(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        SqliteException.ThrowExceptionForRC(raw.sqlite3_prepare_v2(_database, sql, out _statement), _database);
    }

    public void Add(long value) => Check(raw.sqlite3_bind_int64(_statement, ++_bound, value));

    public void Add(long? value) =>
        Check(value is { } known ? raw.sqlite3_bind_int64(_statement, ++_bound, known) : raw.sqlite3_bind_null(_statement, ++_bound));

    public void Add(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var buffer = Buffer(value.Length * LongestUtf8PerChar);
        AddText(buffer[..Encoding.UTF8.GetBytes(value, buffer)]);
    }

    /// <param name="utf8">Copied by SQLite.</param>
    public void AddText(ReadOnlySpan<byte> utf8) => Check(raw.sqlite3_bind_text(_statement, ++_bound, utf8));

    public void Add(IMessage message)
    {
        var blob = Buffer(message.CalculateSize())[..message.CalculateSize()];
        message.WriteTo(blob);
        Check(raw.sqlite3_bind_blob(_statement, ++_bound, blob));
    }

    /// <summary>Room for a value of this size; the next value uses it again.</summary>
    public Span<byte> Buffer(int bytes)
    {
        if (_buffer.Length < bytes)
        {
            _buffer = new byte[Math.Max(bytes, _buffer.Length * 2)];
        }

        return _buffer;
    }

    /// <summary>Runs the statement with the values added since the last run.</summary>
    public void Execute()
    {
        _bound = 0;
        var result = raw.sqlite3_step(_statement);
        if (result != raw.SQLITE_DONE)
        {
            // The exception takes its text from the connection, where a reset would clear it.
            try
            {
                SqliteException.ThrowExceptionForRC(result, _database);
            }
            finally
            {
                raw.sqlite3_reset(_statement);
            }
        }

        Check(raw.sqlite3_reset(_statement));
    }

    /// <summary>Forgets the values of a row that was not finished.</summary>
    public void Restart() => _bound = 0;

    public void Dispose() => _statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
