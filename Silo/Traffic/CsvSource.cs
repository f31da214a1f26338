using System.Text;
using Analytics.V1;

namespace Analytics.Silo.Traffic;

/// <summary>A CSV file being replayed.</summary>
internal sealed class CsvSource : IDisposable
{
    private const int MaxReported = 20;
    private readonly FileStream _file;
    private readonly long _length;
    private readonly StreamReader _reader;
    private readonly CsvTransactions _rows;
    private readonly Action<string> _report;

    private CsvSource(FileStream file, EventTime eventTime, Action<string> report)
    {
        _file = file;
        _length = file.Length;
        _reader = new(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: true, bufferSize: 64 * 1024);
        _report = report;
        _rows = CsvTransactions.Open(_reader, eventTime, TimeProvider.System);
    }

    /// <summary>Rows that were not valid so far.</summary>
    public long ProblemCount => _rows.ProblemCount;

    /// <summary>How much of the file has been parsed, 0 to 1; a little less where characters take several bytes.</summary>
    public double Fraction => _length == 0 ? 1 : Math.Min(1, (double)_rows.CharactersParsed / _length);

    /// <param name="path">The file.</param>
    /// <param name="eventTime">Whose times count.</param>
    /// <param name="report">Told bad rows, the first few of them one by one.</param>
    /// <exception cref="TrafficException">The file cannot be read, or its header is wrong.</exception>
    public static CsvSource Open(string path, EventTime eventTime, Action<string> report)
    {
        if (Directory.Exists(path))
        {
            throw new TrafficException($"{path} is a folder; name a CSV file in it.");
        }

        FileStream? file = null;
        try
        {
            file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            return new(file, eventTime, report);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            file?.Dispose();
            throw new TrafficException($"{path}: {exception.Message}", exception);
        }
    }

    /// <summary>The valid rows in order.</summary>
    public IEnumerable<Transaction> Read() => _rows.Read(problem =>
    {
        if (_rows.ProblemCount <= MaxReported)
        {
            _report($"line {problem.Line}: {problem.Problem}");
        }

        if (_rows.ProblemCount == MaxReported)
        {
            _report("Further bad rows are counted only.");
        }
    });

    public void Dispose()
    {
        _reader.Dispose();
        _file.Dispose();
    }
}
