namespace Analytics.Tests.Simulation;

/// <summary>One at a time, in the order of asking. Unlike a semaphore it resumes inside the step that leaves it.</summary>
internal sealed class TurnLock
{
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _taken;

    public bool IsFree => !_taken;

    public Task EnterAsync()
    {
        if (!_taken)
        {
            _taken = true;
            return Task.CompletedTask;
        }

        var turn = new TaskCompletionSource();
        _waiting.Enqueue(turn);
        return turn.Task;
    }

    public void Leave()
    {
        if (_waiting.TryDequeue(out var next))
        {
            next.SetResult();
        }
        else
        {
            _taken = false;
        }
    }
}
