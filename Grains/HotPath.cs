using System.Runtime.CompilerServices;

namespace Analytics;

/// <summary>Marks what runs for every transaction.</summary>
internal static class HotPath
{
    /// <summary>
    /// Compiled with optimization at the first call. Otherwise these methods pass through slow code, and back through the compiler, just when a
    /// silo has started and has a backlog to catch up with; with all code compiled so, a start takes twice as long and a rolling restart
    /// leaves gaps over five seconds.
    /// </summary>
    public const MethodImplOptions Code = MethodImplOptions.AggressiveOptimization;
}
