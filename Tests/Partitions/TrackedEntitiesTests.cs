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
        var done = entities.Get(EntityKind.Account, "done");
        done.Acknowledged(checkpoint, "silo");
        var merchant = entities.Get(EntityKind.Merchant, "done");
        merchant.Acknowledged(checkpoint, "silo");
        for (var i = 2; i < TrackedEntities.Limit; i++)
        {
            entities.Get(EntityKind.Account, i.ToString(CultureInfo.InvariantCulture));
        }

        entities.Trim(checkpoint);
        Assert.Equal(TrackedEntities.Limit + 1, entities.Count);
        Assert.Same(done, entities.Get(EntityKind.Account, "done"));

        entities.Get(EntityKind.Account, "one too many");
        entities.Trim(checkpoint);
        Assert.Equal(2, entities.Count);
        Assert.Same(merchant, entities.Get(EntityKind.Merchant, "done"));
        Assert.Same(open, entities.Get(EntityKind.Account, "open"));
        Assert.Equal(["silo"], entities.SilosAfter(checkpoint));
    }

    /// <summary>With more open entities than the limit, each batch would look at all of them and forget none.</summary>
    [Fact]
    public void One_checkpoint_is_looked_at_once()
    {
        var entities = new TrackedEntities();
        Add(0, TrackedEntities.Limit + 1);
        entities.Trim(0);
        Assert.Equal(0, entities.Count);

        Add(0, TrackedEntities.Limit + 1);
        entities.Trim(0);
        Assert.Equal(TrackedEntities.Limit + 1, entities.Count);
        entities.Trim(1);
        Assert.Equal(0, entities.Count);

        void Add(int from, int count)
        {
            for (var i = from; i < from + count; i++)
            {
                entities.Get(EntityKind.Account, i.ToString(CultureInfo.InvariantCulture));
            }
        }
    }
}
