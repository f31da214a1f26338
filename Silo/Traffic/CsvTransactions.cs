using System.Globalization;
using Analytics.Transactions;
using Analytics.V1;
using CsvHelper;
using CsvHelper.Configuration;
using Google.Protobuf.WellKnownTypes;

namespace Analytics.Silo.Traffic;

/// <summary>A row that is not a valid transaction.</summary>
/// <param name="Line">Line of the file, from 1; of a row with line breaks in quotes, its first.</param>
/// <param name="Problem">One sentence that names the column.</param>
internal readonly record struct CsvProblem(long Line, string Problem);

/// <summary>Reads the CSV of DESIGN.md, row by row; a bad row is reported and the rest goes on.</summary>
internal sealed class CsvTransactions
{
    private static readonly string[] Required =
        ["transaction_id", "occurred_at", "account_id", "merchant_id", "amount_minor", "currency", "type", "status", "category"];

    private static readonly string[] Optional = ["country", "channel"];

    /// <summary>The header as it is written, for help.</summary>
    public static readonly string Header = $"{string.Join(',', Required)} and optionally {string.Join(',', Optional)}, in any order";

    private readonly CsvParser _parser;
    private readonly Dictionary<string, int> _columns;
    private readonly EventTime _eventTime;
    private readonly TimeProvider _clock;
    private readonly int _columnCount;

    private CsvTransactions(CsvParser parser, Dictionary<string, int> columns, int columnCount, EventTime eventTime, TimeProvider clock) =>
        (_parser, _columns, _columnCount, _eventTime, _clock) = (parser, columns, columnCount, eventTime, clock);

    /// <summary>Rows that were not valid so far.</summary>
    public long ProblemCount { get; private set; }

    /// <summary>Characters parsed so far; what is only buffered does not count.</summary>
    public long CharactersParsed => _parser.CharCount;

    /// <summary>Reads and checks the header.</summary>
    /// <param name="text">Read from where it stands; not disposed.</param>
    /// <param name="eventTime">Whose times count; with <see cref="EventTime.Now"/> the file's must still be times.</param>
    /// <param name="clock">The wall clock.</param>
    /// <exception cref="InvalidDataException">The header is not that of DESIGN.md; the message names the column.</exception>
    public static CsvTransactions Open(TextReader text, EventTime eventTime, TimeProvider clock)
    {
        var parser = new CsvParser(text, new CsvConfiguration(CultureInfo.InvariantCulture) { BadDataFound = null, CountBytes = false }, leaveOpen: true);
        if (!parser.Read() || parser.Record is not { } header)
        {
            throw new InvalidDataException("the file is empty; its first line must be the header.");
        }

        var columns = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < header.Length; i++)
        {
            var name = header[i].Trim().TrimStart('\uFEFF');
            if (!Required.Contains(name) && !Optional.Contains(name))
            {
                throw new InvalidDataException($"the header has an unknown column '{name}'; known are {string.Join(",", Required.Concat(Optional))}.");
            }

            if (!columns.TryAdd(name, i))
            {
                throw new InvalidDataException($"the header has the column '{name}' twice.");
            }
        }

        return Required.FirstOrDefault(name => !columns.ContainsKey(name)) is { } missing
            ? throw new InvalidDataException($"the header lacks the column '{missing}'.")
            : new(parser, columns, header.Length, eventTime, clock);
    }

    /// <summary>The valid rows in the file's order.</summary>
    /// <param name="onProblem">Told each row that is not valid.</param>
    public IEnumerable<Transaction> Read(Action<CsvProblem> onProblem)
    {
        var line = (long)_parser.RawRow + 1;
        while (_parser.Read())
        {
            var message = new Transaction();
            if (ReadRow(_parser.Record!, message) is { } problem)
            {
                ProblemCount++;
                onProblem(new(line, problem));
            }
            else
            {
                yield return message;
            }

            line = _parser.RawRow + 1;
        }
    }

    private string? ReadRow(string[] row, Transaction message)
    {
        if (row.Length != _columnCount)
        {
            return $"has {row.Length} fields; the header has {_columnCount}.";
        }

        if (!long.TryParse(row[_columns["amount_minor"]], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var amount))
        {
            return $"amount_minor '{row[_columns["amount_minor"]]}' is not a whole number.";
        }

        if (!TryParseTime(row[_columns["occurred_at"]], out var occurredAt))
        {
            return $"occurred_at '{row[_columns["occurred_at"]]}' is not an RFC 3339 time with an offset.";
        }

        if (!WireNames.Types.TryGetValue(row[_columns["type"]], out var type))
        {
            return $"type '{row[_columns["type"]]}' is none of {string.Join(", ", WireNames.Types.Keys)}.";
        }

        if (!WireNames.Statuses.TryGetValue(row[_columns["status"]], out var status))
        {
            return $"status '{row[_columns["status"]]}' is none of {string.Join(", ", WireNames.Statuses.Keys)}.";
        }

        var channel = Transaction.Types.Channel.Unspecified;
        if (Field(row, "channel") is { Length: > 0 } name && !WireNames.Channels.TryGetValue(name, out channel))
        {
            return $"channel '{name}' is none of {string.Join(", ", WireNames.Channels.Keys)}.";
        }

        var now = _clock.GetUtcNow();
        message.TransactionId = row[_columns["transaction_id"]];
        message.AccountId = row[_columns["account_id"]];
        message.MerchantId = row[_columns["merchant_id"]];
        message.AmountMinor = amount;
        message.Currency = row[_columns["currency"]];
        message.OccurredAt = Timestamp.FromDateTimeOffset(_eventTime == EventTime.Now ? now : occurredAt);
        message.Type = type;
        message.Status = status;
        message.Category = row[_columns["category"]];
        message.Country = Field(row, "country");
        message.Channel = channel;
        return TransactionValidator.Check(message, now, out _)?.Detail;
    }

    private string Field(string[] row, string column) => _columns.TryGetValue(column, out var index) ? row[index] : "";

    private static bool TryParseTime(string text, out DateTimeOffset time)
    {
        time = default;

        // Without this a time lacking its offset would be taken as local.
        return text.Length >= 20
            && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }
}
