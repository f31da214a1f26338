using System.Threading.Channels;

namespace Analytics.Storage.Sqlite;

/// <summary>
/// Threads of their own for SQLite, whose every call blocks: neither the thread pool nor a grain scheduler ever waits for the disk. Each
/// thread has a session, opened when first used and again after an operating fault.
/// </summary>
internal sealed class SqliteThreads : IDisposable
{
    /// <summary>Calls that wait; one more waits in its caller, asynchronously, until there is room.</summary>
    public const int QueueLimit = 256;

    private readonly string _path;
    private readonly TimeSpan _busyTimeout;
    private readonly Channel<Action<Lane>> _queue = Channel.CreateBounded<Action<Lane>>(QueueLimit);
    private readonly Thread[] _threads;

    public SqliteThreads(string name, int count, string path, TimeSpan busyTimeout)
    {
        _path = path;
        _busyTimeout = busyTimeout;
        _threads = new Thread[count];
        for (var i = 0; i < count; i++)
        {
            _threads[i] = new Thread(Work) { Name = $"{name} {i}", IsBackground = true };
            _threads[i].Start();
        }
    }

    /// <summary>Calls that wait now.</summary>
    public int QueueLength => _queue.Reader.Count;

    /// <summary>Runs <paramref name="call"/> on one of the threads.</summary>
    /// <param name="work">What it does, as in "could not {work}".</param>
    /// <param name="call">Runs to its end once it has begun, unless it looks at the token itself.</param>
    /// <param name="cancellationToken">Takes the call out of the queue.</param>
    /// <exception cref="StoreUnavailableException">An operating fault.</exception>
    /// <exception cref="ObjectDisposedException">The store is closed.</exception>
    public async Task<T> RunAsync<T>(string work, Func<SqliteSession, T> call, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await _queue.Writer.WriteAsync(lane => lane.Run(call, work, answer, cancellationToken), cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(SqliteStore));
        }

        return await answer.Task;
    }

    /// <summary>Ends the threads once they have done what is queued.</summary>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    private void Work()
    {
        using var lane = new Lane(_path, _busyTimeout);
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_queue.Reader.TryRead(out var run))
            {
                run(lane);
            }
        }
    }

    private sealed class Lane(string path, TimeSpan busyTimeout) : IDisposable
    {
        private SqliteSession? _session;

        public void Run<T>(Func<SqliteSession, T> call, string work, TaskCompletionSource<T> answer, CancellationToken cancellationToken)
        {
            try
            {
                cancellationToken.ThrowIfCancellationRequested();
                answer.SetResult(call(_session ??= new SqliteSession(path, busyTimeout)));
            }
            catch (OperationCanceledException canceled)
            {
                answer.SetCanceled(canceled.CancellationToken);
            }
            catch (Exception exception)
            {
                var unavailable = SqliteFaults.Translate(exception, path, work);
                if (unavailable is not null)
                {
                    // The file may have been replaced, or the connection left halfway; a new session starts clean.
                    Dispose();
                }

                answer.SetException(unavailable ?? exception);
            }
        }

        public void Dispose()
        {
            _session?.Dispose();
            _session = null;
        }
    }
}
