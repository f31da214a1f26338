using System.Diagnostics.CodeAnalysis;
using Analytics.Api.Problems;
using Analytics.Transactions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Analytics.Api.Parameters;

/// <summary>Account and merchant ids in a path.</summary>
internal static class EntityIds
{
    /// <summary>
    /// Takes the id from the request's raw target. The server decodes a path but for %2F, so that its route value cannot tell the id
    /// <c>a/b</c> (sent as <c>a%2Fb</c>) from the id <c>a%2Fb</c> (sent as <c>a%252Fb</c>).
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="routeValue">The id as the server decoded it.</param>
    /// <param name="segmentsAfter">How many segments the route has behind the id.</param>
    public static string Decode(HttpContext http, string routeValue, int segmentsAfter)
    {
        var rawTarget = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var path = rawTarget.Split('?', 2)[0].TrimEnd('/');
        var segments = path.Split('/');
        var slashesDecoded = DecodeSlashes(routeValue);
        if (segments.Length <= segmentsAfter)
        {
            return slashesDecoded;
        }

        // Dot segments can make the raw path and the matched one disagree; then the matched one counts.
        var id = Uri.UnescapeDataString(segments[^(segmentsAfter + 1)]);
        return DecodeSlashes(id) == slashesDecoded ? id : slashesDecoded;
    }

    /// <summary>Whether an id can exist at all; the same limits as for a transaction.</summary>
    public static bool TryValidate(string parameter, string id, [NotNullWhen(false)] out ApiProblem? problem)
    {
        problem = string.IsNullOrWhiteSpace(id) ? ApiProblem.BadParameter(parameter, $"{parameter} is empty.")
            : id.Length > TransactionValidator.MaxFieldLength
                ? ApiProblem.BadParameter(parameter, $"{parameter} has {id.Length} characters; at most {TransactionValidator.MaxFieldLength} are allowed.")
            : id.Any(char.IsControl) ? ApiProblem.BadParameter(parameter, $"{parameter} holds a control character.")
            : null;
        return problem is null;
    }

    private static string DecodeSlashes(string text) => text.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
}
