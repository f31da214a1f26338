using Analytics.Silo.Configuration;
using Analytics.Storage;

namespace Analytics.Silo.Composition;

/// <summary>The epoch of this start; known once the store has been asked, before the silo starts.</summary>
internal sealed class SourceEpoch
{
    public long Value { get; private set; }

    /// <summary>
    /// The embedded broker starts over with every process, so each start is a new epoch. A real cluster's epoch is a setting, because only
    /// its operator knows that a topic was created anew.
    /// </summary>
    /// <exception cref="SettingException">The setting lies before what the store has already seen.</exception>
    public void Choose(IReadOnlyList<Checkpoint> checkpoints, KafkaSettings settings)
    {
        var last = checkpoints.Count == 0 ? 0 : checkpoints.Max(checkpoint => checkpoint.Position.Epoch);
        if (settings.BootstrapServers is null)
        {
            Value = last + 1;
            return;
        }

        Value = settings.Epoch >= last
            ? settings.Epoch
            : throw new SettingException(
                "Kafka:Epoch",
                $"is {settings.Epoch}, but the store has checkpoints of epoch {last}. When this topic is another one than then, set it to {last + 1} or use another store.");
    }
}
