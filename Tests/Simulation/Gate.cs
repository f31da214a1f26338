namespace Analytics.Tests.Simulation;

/// <summary>
/// Many wait, all go on when it opens, in the order in which they came. A task awaited by several would resume some of them on another
/// thread, and the seed would not decide any more.
/// </summary>
internal sealed class Gate
{
    private readonly List<TaskCompletionSource> _waiting = [];
    private bool _isOpen;

    public Task WaitAsync()
    {
        if (_isOpen)
        {
            return Task.CompletedTask;
        }

        var passage = new TaskCompletionSource();
        _waiting.Add(passage);
        return passage.Task;
    }

    public void Open()
    {
        _isOpen = true;
        _waiting.ForEach(w => w.SetResult());
    }

    /// <summary>Lets go on who waits now; who comes later waits for the next time.</summary>
    public void Pulse()
    {
        if (_waiting.Count > 0)
        {
            var waiting = _waiting.ToArray();
            _waiting.Clear();
            Array.ForEach(waiting, w => w.SetResult());
        }
    }
}
