using System.Text.Json;

namespace Analytics.Silo.Bench.Report;

/// <summary>The report as JSON.</summary>
internal static class ReportFile
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Text(BenchReport report) => JsonSerializer.Serialize(report, Options);

    /// <exception cref="BenchException">The file cannot be written.</exception>
    public static async Task WriteAsync(string path, BenchReport report)
    {
        try
        {
            await File.WriteAllTextAsync(path, Text(report) + "\n");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"--json {path}: {exception.Message}", exception);
        }
    }
}
