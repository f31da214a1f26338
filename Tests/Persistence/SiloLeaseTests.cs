using Analytics.Hosting;
using Analytics.Persistence;
using Analytics.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Runtime;

namespace Analytics.Tests.Persistence;

public sealed class SiloLeaseTests
{
    private readonly FakeMembership _membership = new();
    private readonly FencingStore _store = new();
    private readonly FakeHost _host = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_death_that_this_silo_has_not_heard_of_is_fenced_before_the_call_ends()
    {
        var lease = Lease();
        _membership.Table = [(Silo(1), SiloStatus.Active), (Silo(2), SiloStatus.Active)];
        await lease.FenceDeadAsync(Cancel);
        Assert.Empty(_store.Fenced);

        _membership.Table = [(Silo(1), SiloStatus.Active), (Silo(2), SiloStatus.Dead)];
        await lease.FenceDeadAsync(Cancel);
        Assert.Equal([Silo(2).ToParsableString()], _store.Fenced);

        await lease.FenceDeadAsync(Cancel);
        Assert.Equal(1, _store.Calls);
    }

    [Fact]
    public async Task A_table_that_went_back_kills_nobody()
    {
        var lease = Lease();
        _membership.Table = [(Silo(1), SiloStatus.Active), (Silo(2), SiloStatus.Active)];
        _membership.Version = 7;
        await lease.FenceDeadAsync(Cancel);

        (_membership.Table, _membership.Version) = ([], 0);
        await lease.FenceDeadAsync(Cancel);
        Assert.Empty(_store.Fenced);

        (_membership.Table, _membership.Version) = ([(Silo(1), SiloStatus.Active)], 8);
        await lease.FenceDeadAsync(Cancel);
        Assert.Equal([Silo(2).ToParsableString()], _store.Fenced);
    }

    [Fact]
    public async Task A_call_does_not_join_work_that_began_before_it()
    {
        var lease = Lease();
        _membership.Table = [(Silo(1), SiloStatus.Dead)];
        _store.Gate = new();
        var first = lease.FenceDeadAsync(Cancel);
        await _store.Entered.WaitAsync(Cancel);

        _membership.Table = [(Silo(1), SiloStatus.Dead), (Silo(2), SiloStatus.Dead)];
        var later = Enumerable.Range(0, 20).Select(_ => lease.FenceDeadAsync(Cancel)).ToArray();
        _store.Gate.SetResult();
        await first;
        await Task.WhenAll(later);

        Assert.Equal([Silo(1).ToParsableString(), Silo(2).ToParsableString()], _store.Fenced);
        Assert.Equal(2, _store.Calls);
    }

    [Fact]
    public async Task What_could_not_be_fenced_is_not_loaded_and_the_next_call_tries_again()
    {
        var lease = Lease();
        _membership.Table = [(Silo(2), SiloStatus.Dead)];
        _store.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.FenceDeadAsync(Cancel));
        _membership.IsAway = true;
        _store.IsAway = false;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => lease.FenceDeadAsync(Cancel));
        Assert.Empty(_store.Fenced);

        _membership.IsAway = false;
        await lease.FenceDeadAsync(Cancel);
        Assert.Equal([Silo(2).ToParsableString()], _store.Fenced);
    }

    [Fact]
    public async Task A_lost_lease_stops_the_host_once_and_forbids_writing()
    {
        var lease = Lease();
        lease.ThrowIfLost();
        Assert.False(lease.IsLost);

        var reason = new SiloFencedException("test");
        lease.Lose(reason);
        lease.Lose(new("another"));

        Assert.True(lease.IsLost);
        Assert.Same(reason, Assert.Throws<SiloFencedException>(lease.ThrowIfLost));
        await _host.Stopped.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal(1, _host.Stops);
    }

    private static SiloAddress Silo(int generation) => FakeSilo.Address(generation);

    private SiloLease Lease() => new(
        _store, _membership, new FakeSilo(), _host, Options.Create(new AnalyticsOptions()), NullLogger<SiloLease>.Instance);
}
