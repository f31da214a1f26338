using System.Text.Json.Serialization;

namespace Analytics.Api.Problems;

/// <summary>An RFC 9457 problem; members that are null are left out.</summary>
internal sealed record ApiProblem
{
    /// <summary>The media type of every error this API answers with.</summary>
    public const string MediaType = "application/problem+json";

    /// <summary>What kind of problem it is; <c>about:blank</c> when the status says all.</summary>
    public string Type { get; init; } = "about:blank";

    public required string Title { get; init; }

    public required int Status { get; init; }

    public string? Detail { get; init; }

    /// <summary>The request's path, as it was sent.</summary>
    public string? Instance { get; init; }

    /// <summary>Finds the request in logs and traces; only with status 500 and above.</summary>
    public string? TraceId { get; init; }

    /// <summary>Of malformed JSON: the line, from 1.</summary>
    public long? Line { get; init; }

    /// <summary>Of malformed JSON: the byte within the line, from 1.</summary>
    public long? Position { get; init; }

    /// <summary>The query or path parameter that is wrong.</summary>
    public string? Parameter { get; init; }

    /// <summary>The items of a request that are not accepted, in order.</summary>
    public IReadOnlyList<ItemError>? Errors { get; init; }

    /// <summary>Sent as the header <c>Retry-After</c>.</summary>
    [JsonIgnore]
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A parameter of the path or the query that cannot be understood: status 400.</summary>
    public static ApiProblem BadParameter(string parameter, string detail) => new()
    {
        Type = "urn:orleans-analytics:bad-parameter",
        Title = "A parameter is not valid",
        Status = 400,
        Parameter = parameter,
        Detail = detail,
    };

    /// <summary>Something this service needs does not answer now: status 503 with <c>Retry-After</c>.</summary>
    public static ApiProblem Unavailable(string detail) => new()
    {
        Type = "urn:orleans-analytics:unavailable",
        Title = "Temporarily unavailable",
        Status = 503,
        Detail = detail,
        RetryAfter = TimeSpan.FromSeconds(2),
    };
}
