using System.Buffers;
using Analytics.Api.Json;
using Analytics.Api.OpenApi;
using Analytics.Api.Problems;
using Analytics.Transactions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Analytics.Api.Transactions;

/// <summary><c>POST /v1/transactions</c>: appends to the log of record.</summary>
public static class TransactionsApi
{
    /// <summary>Largest request body. 1,000 items with every field as long as it may be and every character escaped fit.</summary>
    public const int MaxBodyBytes = 2 * 1024 * 1024;

    public static IEndpointRouteBuilder MapTransactions(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost("/v1/transactions", PostAsync)
            .WithName("postTransactions")
            .WithTags("Transactions")
            .WithSummary("Append transactions to the log")
            .WithDescription(
                "One transaction or an array of at most 1,000, at most 2 MiB. All or nothing: when any item is not valid, none is appended and the "
                + "answer lists each bad item with its index, its code (as in the dead-letter topic) and a detail. 202 means that the log has "
                + "acknowledged every item with acks=all; the live metrics follow within milliseconds. After 503 some items may have been "
                + "appended: send the same transaction ids again, duplicates are dropped.")
            .WithMetadata(new RequestSizeLimitAttribute(MaxBodyBytes))
            .Accepts<TransactionItem[]>("application/json")
            .Produces<AppendAnswer>(StatusCodes.Status202Accepted)
            .ProducesProblems(400, 413, 415, 503);
        return endpoints;
    }

    private static async Task<IResult> PostAsync(HttpContext http, ITransactionLog log, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!http.Request.HasJsonContentType())
        {
            return TypedResults.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        }

        if (http.Request.Headers.ContentEncoding is { Count: > 0 } encoding && encoding != "identity")
        {
            return new ProblemResult(new()
            {
                Title = "Unsupported Media Type",
                Status = StatusCodes.Status415UnsupportedMediaType,
                Detail = $"The request body must not be compressed; Content-Encoding is '{encoding}'.",
            });
        }

        var body = await ReadBodyAsync(http, clock.GetUtcNow(), cancellationToken);
        if (body.Problem is { } problem)
        {
            return new ProblemResult(problem);
        }

        await log.AppendAsync(body.Transactions, cancellationToken);
        return TypedResults.Json(new AppendAnswer(body.Transactions.Count), Answers.Json.AppendAnswer, statusCode: StatusCodes.Status202Accepted);
    }

    private static async Task<TransactionBody> ReadBodyAsync(HttpContext http, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var pipe = http.Request.BodyReader;
        while (true)
        {
            var read = await pipe.ReadAsync(cancellationToken);
            if (!read.IsCompleted)
            {
                pipe.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            // Strings are copied out of the buffer by the reader, so it can be given back at once.
            var body = TransactionBody.Read(WithoutByteOrderMark(read.Buffer), now);
            pipe.AdvanceTo(read.Buffer.End);
            return body;
        }
    }

    private static ReadOnlySequence<byte> WithoutByteOrderMark(ReadOnlySequence<byte> json)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        return json.FirstSpan.StartsWith(mark) ? json.Slice(mark.Length) : json;
    }
}
