using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Analytics.Silo.Health;

/// <summary>The body of a health route: problem details when something is wrong, with one entry per check either way.</summary>
internal static class HealthAnswers
{
    // Readable text, since no answer is ever part of an HTML page.
    private static readonly HealthJson Json = new(new JsonSerializerOptions(HealthJson.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static Task WriteAsync(HttpContext http, HealthReport report)
    {
        var isHealthy = report.Status == HealthStatus.Healthy;
        var isReady = report.Status != HealthStatus.Unhealthy;
        var wrong = report.Entries.Where(entry => entry.Value.Status != HealthStatus.Healthy).Select(entry => $"{entry.Key}: {DetailOf(entry.Value)}").ToList();
        var answer = new HealthAnswer(
            isReady ? null : "urn:orleans-analytics:not-ready",
            isHealthy ? null : isReady ? "Degraded" : "Not ready",
            isReady ? null : http.Response.StatusCode,
            isHealthy ? null : string.Join(' ', wrong),
            isHealthy,
            report.Entries.ToDictionary(entry => entry.Key, entry => new HealthEntry(entry.Value.Status == HealthStatus.Healthy, DetailOf(entry.Value))));
        return http.Response.WriteAsJsonAsync(
            answer, Json.HealthAnswer, isReady ? "application/json" : "application/problem+json", http.RequestAborted);
    }

    // A check that itself failed has only its exception.
    private static string? DetailOf(HealthReportEntry entry) => entry.Description ?? entry.Exception?.Message;
}

/// <summary>Members that are null are left out.</summary>
internal sealed record HealthAnswer(
    string? Type, string? Title, int? Status, string? Detail, bool Healthy, IReadOnlyDictionary<string, HealthEntry> Checks);

/// <summary>One check.</summary>
internal sealed record HealthEntry(bool Healthy, string? Detail);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
