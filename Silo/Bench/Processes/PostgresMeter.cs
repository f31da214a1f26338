using System.Globalization;

namespace Analytics.Silo.Bench.Processes;

/// <summary>A PostgreSQL server of this machine: its first process and all children, those that have ended included. Linux only.</summary>
internal sealed class PostgresMeter : ICostMeter
{
    // USER_HZ: what /proc counts in, the same on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;
    private readonly int _first;
    private long _peakBytes;

    private PostgresMeter(int first) => _first = first;

    public TimeSpan? Processor
    {
        get
        {
            long ticks = 0, privateBytes = 0, sharedBytes = 0;
            foreach (var (id, parent, ownTicks, childTicks) in Processes())
            {
                if (id == _first || parent == _first)
                {
                    // A server process that ended is in what its parent has waited for; live ones have no children.
                    ticks += ownTicks + (id == _first ? childTicks : 0);
                    var (own, shared) = Memory(id);
                    privateBytes += own;
                    sharedBytes = Math.Max(sharedBytes, shared);
                }
            }

            _peakBytes = Math.Max(_peakBytes, privateBytes + sharedBytes);
            return TimeSpan.FromSeconds(ticks / TicksPerSecond);
        }
    }

    /// <summary>The largest seen whenever <see cref="Processor"/> was asked; shared memory counts once.</summary>
    public long? PeakBytes => _peakBytes;

    /// <summary>The server that a server process belongs to; null when that is no process of this machine.</summary>
    /// <param name="backend">What <c>pg_backend_pid()</c> says.</param>
    public static PostgresMeter? Find(int backend)
    {
        try
        {
            return File.Exists($"/proc/{backend}/comm")
                && File.ReadAllText($"/proc/{backend}/comm").StartsWith("postgres", StringComparison.Ordinal)
                && Read(backend) is { } process
                ? new(process.Parent)
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static IEnumerable<(int Id, int Parent, long OwnTicks, long ChildTicks)> Processes()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Read(id) is { } process)
            {
                yield return (id, process.Parent, process.OwnTicks, process.ChildTicks);
            }
        }
    }

    private static (int Parent, long OwnTicks, long ChildTicks)? Read(int id)
    {
        try
        {
            // proc(5): the name, in brackets, may hold anything; after it come state, ppid, ..., utime, stime, cutime, cstime.
            var text = File.ReadAllText($"/proc/{id}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return ((int)Number(fields[1]), Number(fields[11]) + Number(fields[12]), Number(fields[13]) + Number(fields[14]));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static (long Own, long Shared) Memory(int id)
    {
        long own = 0, shared = 0;
        try
        {
            foreach (var line in File.ReadLines($"/proc/{id}/status"))
            {
                if (line.StartsWith("RssAnon:", StringComparison.Ordinal))
                {
                    own = Kilobytes(line);
                }
                else if (line.StartsWith("RssShmem:", StringComparison.Ordinal))
                {
                    shared = Kilobytes(line);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has just ended.
        }

        return (own, shared);
    }

    private static long Kilobytes(string line) => 1024 * Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2].Split('\t')[^1]);

    private static long Number(string text) => long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
}
