using System.Buffers;
using System.Text.Json;
using Analytics.Api.Problems;
using Analytics.Transactions;

namespace Analytics.Api.Transactions;

/// <summary>What a request's body holds: valid transactions, or the problem that tells what is wrong with it.</summary>
internal readonly record struct TransactionBody(IReadOnlyList<CardTransaction> Transactions, ApiProblem? Problem)
{
    /// <summary>Most items of one request.</summary>
    public const int MaxItems = 1_000;

    /// <summary>How deep objects and arrays may be nested, in members that are ignored.</summary>
    private const int MaxDepth = 8;

    /// <summary>Reads one object or an array of objects, and checks every item by the rules of the stream.</summary>
    public static TransactionBody Read(ReadOnlySequence<byte> json, DateTimeOffset now)
    {
        try
        {
            return ReadItems(json, now);
        }
        catch (JsonException exception)
        {
            return new([], Malformed(exception));
        }
    }

    private static TransactionBody ReadItems(ReadOnlySequence<byte> json, DateTimeOffset now)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        reader.Read();
        var isArray = reader.TokenType == JsonTokenType.StartArray;
        if (!isArray && reader.TokenType != JsonTokenType.StartObject)
        {
            return new([], Invalid("not-transactions", "The body is not a transaction", "The body must be one transaction (an object) or an array of them."));
        }

        var transactions = new List<CardTransaction>();
        var errors = new List<ItemError>();
        var index = 0;
        while (!isArray || (reader.Read() && reader.TokenType != JsonTokenType.EndArray))
        {
            if (index == MaxItems)
            {
                return new([], Invalid("too-many-items", "Too many items", $"The array has more than {MaxItems:N0} items; nothing was appended. Send several requests."));
            }

            var rejection = TransactionReader.Read(ref reader, now, out var transaction);
            if (rejection is null)
            {
                transactions.Add(transaction!);
            }
            else
            {
                errors.Add(new(index, DeadLetterReasons.CodeOf(rejection.Reason), JsonFieldNames.In(rejection.Detail)));
            }

            index++;
            if (!isArray)
            {
                break;
            }
        }

        // Reads on to the end, so that anything behind the value is malformed JSON too.
        reader.Read();
        return errors.Count > 0 ? new([], InvalidItems(errors, index))
            : index == 0 ? new([], Invalid("no-items", "No items", "The array is empty."))
            : new(transactions, null);
    }

    private static ApiProblem InvalidItems(List<ItemError> errors, int count) => new()
    {
        Type = "urn:orleans-analytics:invalid-transactions",
        Title = "Transactions are not valid",
        Status = 400,
        Detail = (count, errors.Count) switch
        {
            (1, _) => "The transaction is not valid; nothing was appended.",
            (_, 1) => $"1 of {count} items is not valid; nothing was appended.",
            _ => $"{errors.Count} of {count} items are not valid; nothing was appended.",
        },
        Errors = errors,
    };

    private static ApiProblem Malformed(JsonException exception)
    {
        var end = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return new()
        {
            Type = "urn:orleans-analytics:malformed-json",
            Title = "The body is not JSON",
            Status = 400,
            Detail = exception.Message.Contains("does not contain any JSON tokens", StringComparison.Ordinal)
                ? "The body is empty; send one transaction (an object) or an array of them."
                : exception.Message.Contains("maximum configured depth", StringComparison.Ordinal)
                    ? $"Objects and arrays are nested more than {MaxDepth} deep."
                    : end < 0 ? exception.Message : exception.Message[..end],
            Line = exception.LineNumber + 1,
            Position = exception.BytePositionInLine + 1,
        };
    }

    private static ApiProblem Invalid(string slug, string title, string detail) =>
        new() { Type = $"urn:orleans-analytics:{slug}", Title = title, Status = 400, Detail = detail };
}
