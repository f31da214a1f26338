using System.Diagnostics;
using Analytics.Silo.Bench.Rig;

namespace Analytics.Silo.Bench.Measure;

/// <summary>Waits for the end of the work, and counts what came of it.</summary>
internal static class Verification
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    // Longer than a fault may hold the silo up, such as a call that times out.
    private static readonly TimeSpan NoProgress = TimeSpan.FromSeconds(45);

    /// <summary>Completes when everything that was sent is applied.</summary>
    /// <exception cref="BenchException">Nothing moves any more.</exception>
    public static Task<Snapshot> ApplyAllAsync(BenchRig rig, CancellationToken cancellationToken) =>
        UntilAsync(rig, rig.Client.Sent, state => state.Applied, "applied", cancellationToken);

    /// <summary>Completes when everything that was sent is durable.</summary>
    /// <exception cref="BenchException">Nothing moves any more.</exception>
    public static Task<Snapshot> StoreAllAsync(BenchRig rig, CancellationToken cancellationToken) =>
        UntilAsync(rig, rig.Client.Sent, state => state.Durable, "made durable", cancellationToken);

    /// <summary>Counts; to be called when everything is durable and the silo has ended.</summary>
    public static async Task<Totals> CountAsync(BenchRig rig, Snapshot last, CancellationToken cancellationToken)
    {
        var (written, dropped) = rig.Log.Count();
        var rows = await rig.Store.CountRowsAsync(cancellationToken);
        var reconciled = await rig.Store.ReconcileAsync(cancellationToken);
        return new(
            rig.Client.Sent,
            written,
            dropped,
            last.State.Accepted,
            last.State.Duplicates,
            last.State.DeadLettered,
            rows?.Rows,
            rows?.Positions,
            reconciled?.DifferenceCount,
            reconciled is null ? null : reconciled.AccountWindows + reconciled.MerchantWindows - reconciled.InFlight);
    }

    private static async Task<Snapshot> UntilAsync(
        BenchRig rig, long wanted, Func<Child.BenchState, long> progress, string done, CancellationToken cancellationToken)
    {
        var (reached, movedAt) = (-1L, Stopwatch.GetTimestamp());
        while (true)
        {
            var snapshot = await Snapshot.TakeAsync(rig, cancellationToken);
            var now = progress(snapshot.State);
            if (now >= wanted)
            {
                return snapshot;
            }

            if (now > reached)
            {
                (reached, movedAt) = (now, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(movedAt) > NoProgress)
            {
                var (written, dropped) = rig.Log.Count();
                throw new BenchException(
                    $"Only {now} of {wanted} records were {done}, and none in the last {NoProgress.TotalSeconds} s. "
                    + (dropped > 0
                        ? $"The broker has dropped {dropped} of {written} records by now: when the silo fell out of the log, use more --partitions or a lower --rate. "
                        : "")
                    + $"The silo said last:{Environment.NewLine}{rig.Silos.LastLines}");
            }

            await Task.Delay(Poll, cancellationToken);
        }
    }
}
