using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Analytics.Hosting;

/// <summary>
/// What the protocol needs of Orleans (DESIGN.md section 4): an entity is active on one silo, but for silos that were declared dead, which
/// the fence keeps from writing.
/// </summary>
internal static class SingleActivation
{
    // Orleans gives up on an activation that takes longer to answer or to deactivate, and lets another take its place.
    private static readonly TimeSpan LongerThanAnyOutage = TimeSpan.FromDays(30);

    // Where the entities are that were called last. An account is called when it becomes active, and then seldom: room for a
    // million, which is Orleans' default, would be 150 bytes for each of them.
    private const int DirectoryCacheSize = 100_000;

    public static void AddSingleActivation(this ISiloBuilder builder)
    {
        // Orleans' default directory is eventually consistent: while silos come and go, one entity can be active twice for as long as it
        // takes the directory to find out, and both would write. This one hands ranges over under locks, and rebuilds what a dead silo knew by
        // asking the living. It is called experimental; what we rely on is tested in ClusterTests.
#pragma warning disable ORLEANSEXP003
        builder.AddDistributedGrainDirectory();
#pragma warning restore ORLEANSEXP003

        // It would keep the dead silo's entities away for 30 s, in case the silo lives after all. The fence does that without a wait.
        builder.Services.Configure<GrainDirectoryOptions>(options => (options.RangeLeaseDuration, options.CacheSize) = (TimeSpan.Zero, DirectoryCacheSize));

        // An entity that deactivates waits until its windows are durable, however long the store is away.
        builder.Services.Configure<GrainCollectionOptions>(options => options.DeactivationTimeout = LongerThanAnyOutage);
        builder.Services.Configure<SiloMessagingOptions>(options => options.MaxRequestProcessingTime = LongerThanAnyOutage);
    }
}
