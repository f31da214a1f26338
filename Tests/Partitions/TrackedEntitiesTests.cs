using System.Globalization;
using Analytics.Partitions;
using Analytics.Windowing;

namespace Analytics.Tests.Partitions;

public sealed class TrackedEntitiesTests
{
    /// <summary>An entity that is forgotten counts as never sent to: an activation that has missed something would not notice.</summary>
    [Fact]
    public void Beyond_the_limit_only_entities_whose_events_are_checkpointed_are_forgotten()
    {
        const long checkpoint = 41;
        var entities = new TrackedEntities();
        var open = entities.Get(EntityKind.Account, "open");
        open.Acknowledged(checkpoint + 1, "silo");
        var done = entities.Get(EntityKind.Merchant, "done");
        done.Acknowledged(checkpoint, "silo");
        for (var i = 2; i < TrackedEntities.Limit; i++)
        {
            entities.Get(EntityKind.Account, i.ToString(CultureInfo.InvariantCulture));
        }

        entities.Trim(checkpoint);
        Assert.Equal(TrackedEntities.Limit, entities.Count);
        Assert.Same(done, entities.Get(EntityKind.Merchant, "done"));

        entities.Get(EntityKind.Account, "one too many");
        entities.Trim(checkpoint);
        Assert.Equal(1, entities.Count);
        Assert.Same(open, entities.Get(EntityKind.Account, "open"));
        Assert.Equal(["silo"], entities.SilosAfter(checkpoint));
    }
}
