using Analytics.Persistence;

namespace Analytics.Tests.Persistence;

public sealed class DeadSilosTests
{
    private readonly DeadSilos _silos = new();

    [Fact]
    public void Only_the_dead_are_fenced_and_again_until_it_succeeded()
    {
        (string, bool)[] membership = [("a", false), ("b", true), ("c", true)];
        Assert.Equal(["b", "c"], _silos.ToFence(membership));
        Assert.Equal(["b", "c"], _silos.ToFence(membership));
        _silos.Fenced(["b", "c"]);
        Assert.Empty(_silos.ToFence(membership));
        Assert.Equal(["a"], _silos.ToFence([("a", true), ("b", true), ("c", true)]));
    }

    [Fact]
    public void A_member_that_the_membership_forgot_is_dead()
    {
        Assert.Empty(_silos.ToFence([("a", false), ("b", false)]));
        Assert.Equal(["b"], _silos.ToFence([("a", false)]));
        Assert.Equal(["b"], _silos.ToFence([("a", false)]));
        _silos.Fenced(["b"]);
        Assert.Empty(_silos.ToFence([("a", false)]));
        Assert.Empty(_silos.ToFence([("a", false)]));
    }

    [Fact]
    public void The_dead_that_were_fenced_may_be_forgotten()
    {
        Assert.Equal(["b"], _silos.ToFence([("a", false), ("b", true)]));
        _silos.Fenced(["b"]);
        Assert.Empty(_silos.ToFence([("a", false)]));
        Assert.Empty(_silos.ToFence([("a", false)]));
    }
}
