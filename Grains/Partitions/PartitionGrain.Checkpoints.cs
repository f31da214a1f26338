using Analytics.Storage;
using Orleans.Runtime;

namespace Analytics.Partitions;

/// <content>Makes durable what was applied: first the write buffers, then raw rows and checkpoint in one transaction.</content>
internal sealed partial class PartitionGrain
{
    private async Task TryCheckpointAsync()
    {
        try
        {
            await CheckpointOnceAsync(_stopping.Token);
            _storeFailing = false;
            CallAccountsHome();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The deactivation makes the last checkpoint.
        }
        catch (SiloFencedException exception)
        {
            services.Lease.Lose(exception);
        }
        catch (Exception exception) when (exception is StoreUnavailableException or OperationCanceledException or TimeoutException)
        {
            services.Metrics.StoreFailed();
            if (!_storeFailing)
            {
                _storeFailing = true;
                LogCheckpointFailed(_partition, _ledger.Stored?.Position.Offset ?? -1, _ledger.PendingRecords, exception);
            }
        }
        catch (Exception exception)
        {
            services.Metrics.StoreFailed();
            _storeFailing = true;
            LogCheckpointBroken(_partition, exception);
        }
        finally
        {
            // A timer's period begins when its callback has ended, and these end one after the other.
            _checkpointTimer.Change(UntilNextCheckpoint(), services.Options.CheckpointInterval);
        }
    }

    // Partitions of a silo checkpoint together, so that one commit of the write buffer serves them all: a bucket that several of them
    // have changed is then written once in an interval.
    private TimeSpan UntilNextCheckpoint()
    {
        var interval = services.Options.CheckpointInterval.Ticks;
        return TimeSpan.FromTicks(interval - (services.Time.GetUtcNow().Ticks % interval));
    }

    // A partition that stops at its bound would wait for the timer.
    private void CheckpointSoonWhenMuchIsPending()
    {
        if (_ledger.PendingRecords >= services.Options.MaxPendingRecords / 2 && _checkpointing.CurrentCount > 0 && !_storeFailing)
        {
            _checkpointTimer.Change(TimeSpan.Zero, services.Options.CheckpointInterval);
        }
    }

    private void CallAccountsHome()
    {
        if (_callingHome.IsCompleted && services.IsSiloActive && services.Kafka.GetLogEndOffset(_partition) is not null)
        {
            _callingHome = _sender.CallHomeAsync(services.Silo, id => services.Homes.PartitionOf(id) == _partition);
        }
    }

    private async Task CheckpointOnceAsync(CancellationToken cancellationToken)
    {
        await _checkpointing.WaitAsync(cancellationToken);
        try
        {
            // What is applied meanwhile is for the next time: the buffers do not hold it when they are told to commit.
            var through = _ledger.Applied.Position.Offset;
            if (_ledger.HasNews)
            {
                await WithDeadlineAsync(FlushBuffersAsync, cancellationToken);
            }

            while (_ledger.BeginCheckpoint(through) is { } attempt)
            {
                if (!await InTurnAsync(() => WithDeadlineAsync(deadline => CommitAsync(attempt, deadline), cancellationToken), cancellationToken))
                {
                    throw new SiloFencedException(
                        $"The stored checkpoint of partition {_partition} is not {attempt.Expected?.Position.Offset ?? -1}, which this silo wrote or read last: another owner was here.");
                }

                _ledger.CompleteCheckpoint(attempt);
                services.Kafka.Commit(_partition, attempt.Next.Position.Offset + 1);
            }

            services.Metrics.Gauges(_partition).CheckpointedAt = services.Time.GetTimestamp();
            UpdateGauges();
        }
        finally
        {
            _checkpointing.Release();
        }
    }

    // A commit's deadline begins with its turn: one that hangs must not use up the time of those that wait.
    private async Task<bool> InTurnAsync(Func<Task<bool>> commit, CancellationToken cancellationToken)
    {
        await services.CommitTurn.WaitAsync(cancellationToken);
        try
        {
            return await commit();
        }
        finally
        {
            services.CommitTurn.Release();
        }
    }

    private async Task<T> WithDeadlineAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(services.Options.StoreTimeout);
        return await work(deadline.Token);
    }

    private Task WithDeadlineAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken) =>
        WithDeadlineAsync(
            async deadline =>
            {
                await work(deadline);
                return true;
            },
            cancellationToken);

    // What a silo that left had buffered is gone: its entities, active elsewhere by now, take their events again.
    private async Task FlushBuffersAsync(CancellationToken cancellationToken)
    {
        foreach (var silo in _ledger.SilosToFlush())
        {
            try
            {
                await services.Buffers.FlushAsync(silo, cancellationToken);
            }
            catch (Exception exception) when (exception is SiloUnavailableException or OrleansMessageRejectionException)
            {
                LogSiloGone(_partition, silo, exception);
                await _sender.SendAgainAsync(_ledger, _ledger.WorkSentTo(silo), _ledger.Applied.StreamTimeMicros, cancellationToken);
                throw new TimeoutException($"Silo {silo} left with windows that were not durable; they are applied again.", exception);
            }
        }
    }

    private async Task<bool> CommitAsync(CheckpointAttempt attempt, CancellationToken cancellationToken)
    {
        services.Lease.ThrowIfLost();
        var store = services.Store;
        bool moved;
        using (services.Metrics.MeasureCommit())
        {
            moved = await Task.Run(
                () => store.CommitCheckpointAsync(attempt.Expected, attempt.Next, attempt.Rows, cancellationToken), cancellationToken);
        }

        if (moved)
        {
            return true;
        }

        // An earlier try of the same attempt may have been committed although its answer was lost.
        var stored = await Task.Run(() => store.ReadCheckpointsAsync(cancellationToken), cancellationToken);
        return stored.Any(checkpoint => checkpoint == attempt.Next);
    }
}
