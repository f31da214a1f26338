using Analytics.Api.Parameters;
using Analytics.Api.Problems;
using Analytics.Storage;
using Analytics.Transactions;

namespace Analytics.Api.History;

/// <summary>The parameters of a history route as they were sent.</summary>
internal sealed record HistoryParameters(string Id, string? From, string? To, string? Step, string? Currency);

/// <summary>A valid question to the history.</summary>
/// <param name="From">Inclusive.</param>
/// <param name="To">Exclusive, after <paramref name="From"/>.</param>
/// <param name="Step">Width of a window.</param>
/// <param name="Currency">Null for all.</param>
internal sealed record HistoryQuery(DateTimeOffset From, DateTimeOffset To, HistoryStep Step, string? Currency)
{
    /// <summary>Most windows of one currency in a range, and most windows in an answer.</summary>
    public const int MaxWindows = 10_000;

    private static readonly TimeSpan DefaultRange = TimeSpan.FromHours(24);

    /// <summary>The width of a step, as time and as text.</summary>
    public static (TimeSpan Width, string Text) Describe(HistoryStep step) => step switch
    {
        HistoryStep.Minute => (TimeSpan.FromMinutes(1), "1m"),
        HistoryStep.Hour => (TimeSpan.FromHours(1), "1h"),
        _ => (TimeSpan.FromDays(1), "1d"),
    };

    /// <summary>Checks every parameter and fills in what is absent.</summary>
    public static HistoryQuery? Parse(HistoryParameters parameters, DateTimeOffset now, out ApiProblem? problem)
    {
        problem = null;
        HistoryStep? step = parameters.Step switch
        {
            null or "1h" => HistoryStep.Hour,
            "1m" => HistoryStep.Minute,
            "1d" => HistoryStep.Day,
            _ => null,
        };
        if (step is null)
        {
            problem = ApiProblem.BadParameter("step", "step must be 1m, 1h or 1d.");
            return null;
        }

        var to = now;
        if (parameters.To is not null && !Rfc3339.TryParse(parameters.To, out to))
        {
            problem = NotATime("to");
            return null;
        }

        var from = to - DateTimeOffset.MinValue > DefaultRange ? to - DefaultRange : DateTimeOffset.MinValue;
        if (parameters.From is not null && !Rfc3339.TryParse(parameters.From, out from))
        {
            problem = NotATime("from");
            return null;
        }

        if (parameters.Currency is { } currency && !Iso4217.IsKnown(currency))
        {
            problem = ApiProblem.BadParameter("currency", "currency must be an ISO 4217 alphabetic code in capitals, such as EUR.");
            return null;
        }

        problem = CheckRange(from, to, step.Value);
        return problem is null ? new(from, to, step.Value, parameters.Currency) : null;
    }

    private static ApiProblem? CheckRange(DateTimeOffset from, DateTimeOffset to, HistoryStep step)
    {
        if (from >= to)
        {
            return ApiProblem.BadParameter("from", "from must be before to.");
        }

        var (width, text) = Describe(step);
        var windows = (long)Math.Ceiling((to - from) / width);
        return windows <= MaxWindows
            ? null
            : ApiProblem.BadParameter("step", $"From 'from' to 'to' there are {windows:N0} windows of {text}; at most {MaxWindows:N0} are answered. Narrow the range or widen the step.");
    }

    private static ApiProblem NotATime(string parameter) =>
        ApiProblem.BadParameter(parameter, $"{parameter} must be an RFC 3339 time with an offset, such as 2026-01-31T12:00:00Z.");
}
