using System.Collections.Immutable;
using System.Reflection;
using Analytics.Persistence;
using Orleans.Runtime;

namespace Analytics.Tests.Persistence;

/// <summary>The newer one of what the table says and of what the silo was told.</summary>
public sealed class MembershipReaderTests
{
    private static readonly SiloAddress Silo = FakeSilo.Address(1);

    [Theory]
    [InlineData(8, 7, true)]
    [InlineData(7, 8, false)]

    // Two tables that went different ways: this silo acts upon the one that it was told of.
    [InlineData(8, 8, false)]
    public async Task A_death_is_known_by_whichever_is_newer(long ofTable, long told, bool isDead)
    {
        var table = DispatchProxy.Create<IMembershipTable, Table>();
        ((Table)(object)table).Data = new(
            [Tuple.Create(new MembershipEntry { SiloAddress = Silo, SiloName = "test", Status = SiloStatus.Dead }, "etag")], new((int)ofTable, "etag"));
        var view = new View { CurrentSnapshot = new(ImmutableDictionary<SiloAddress, ClusterMember>.Empty.Add(Silo, new(Silo, SiloStatus.Active, "test")), new(told)) };

        var membership = await new MembershipReader(table, view).ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(Math.Max(ofTable, told), membership.Version);
        Assert.Equal([(Silo.ToParsableString(), isDead)], membership.Silos);
    }

    /// <summary>Answers reads; nobody asks for anything else.</summary>
    public class Table : DispatchProxy
    {
        internal MembershipTableData? Data { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name.StartsWith("ReadAll", StringComparison.Ordinal) ? Task.FromResult(Data!) : throw new NotSupportedException(targetMethod.Name);
    }

    private sealed class View : IClusterMembershipService
    {
        public required ClusterMembershipSnapshot CurrentSnapshot { get; init; }

        public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => throw new NotSupportedException();

        public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public Task<bool> TryKill(SiloAddress siloAddress) => throw new NotSupportedException();
    }
}
