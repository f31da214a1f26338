using System.Text;
using Analytics.Silo.Traffic;
using Analytics.V1;
using Google.Protobuf;

namespace Analytics.Silo.Bench.Load;

/// <summary>A CSV file in its wire form, in the file's order, once, with the file's event times.</summary>
internal sealed class CsvRecords : ILoadSource
{
    private readonly (string Account, byte[] Key, byte[] Value)[] _records;
    private int _next;

    private CsvRecords((string, byte[], byte[])[] records) => _records = records;

    public int Count => _records.Length;

    /// <exception cref="TrafficException">The file cannot be read.</exception>
    /// <exception cref="BenchException">A row is bad, or there is none.</exception>
    public static CsvRecords Read(string path)
    {
        using var csv = Open(path, EventTime.Original);
        var records = csv.Read().Select(row => (row.AccountId, Encoding.UTF8.GetBytes(row.AccountId), row.ToByteArray())).ToArray();
        CheckRead(path, csv, records.Length);
        return new(records);
    }

    /// <summary>The same rows as templates, which get new ids and the event time of their sending.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public static TransactionPool ReadAsNew(string path, string runId)
    {
        using var csv = Open(path, EventTime.Now);
        var rows = csv.Read().ToList();
        CheckRead(path, csv, rows.Count);
        return TransactionPool.Of(rows, runId);
    }

    public void SendNext(LoadClient client, long intendedMs)
    {
        var (_, key, value) = _records[_next++];
        client.Send(key, value, intendedMs);
    }

    public string AnyAccount(Random random) => _records[random.Next(_records.Length)].Account;

    private static CsvSource Open(string path, EventTime eventTime) => CsvSource.Open(path, eventTime, Console.Error.WriteLine);

    private static void CheckRead(string path, CsvSource csv, int rows)
    {
        if (rows == 0 || csv.ProblemCount > 0)
        {
            throw new BenchException($"{path}: {rows} rows, {csv.ProblemCount} of them bad; a benchmark needs all of them to be good.");
        }
    }
}
