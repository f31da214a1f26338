using System.Diagnostics;

namespace Analytics.Silo.Bench.Processes;

/// <summary>A process. After it has ended, what was last asked.</summary>
internal sealed class ProcessMeter(int processId) : ICostMeter
{
    private TimeSpan? _processor;
    private long? _peakBytes;

    public TimeSpan? Processor
    {
        get
        {
            Look();
            return _processor;
        }
    }

    public long? PeakBytes
    {
        get
        {
            Look();
            return _peakBytes;
        }
    }

    private void Look()
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            _processor = process.TotalProcessorTime;
            _peakBytes = Math.Max(_peakBytes ?? 0, process.PeakWorkingSet64);
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It has ended.
        }
    }
}
