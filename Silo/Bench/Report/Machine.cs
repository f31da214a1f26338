using System.Runtime.InteropServices;

namespace Analytics.Silo.Bench.Report;

/// <summary>Where a benchmark ran.</summary>
internal sealed record Machine(string Os, string? Processor, int Cores, double MemoryGibibytes, string Runtime)
{
    private const string ProcessorInfo = "/proc/cpuinfo";
    private const double BytesPerGibibyte = 1024.0 * 1024 * 1024;

    public static Machine This() => new(
        RuntimeInformation.OSDescription,
        File.Exists(ProcessorInfo)
            ? File.ReadLines(ProcessorInfo).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            : null,
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / BytesPerGibibyte, 1),
        RuntimeInformation.FrameworkDescription);
}
