using System.Globalization;

namespace Analytics.Silo.Redrive;

/// <summary>What a run has done.</summary>
internal sealed class RedriveSummary
{
    private readonly SortedDictionary<string, long> _byReason = new(StringComparer.Ordinal);

    /// <summary>Letters that were looked at.</summary>
    public long Read { get; set; }

    /// <summary>Letters whose republished record is acknowledged, and which no later run sends again.</summary>
    public long Redriven { get; private set; }

    /// <summary>Letters that do not say where they came from, so that there is nowhere to send them.</summary>
    public long WithoutTopic { get; set; }

    public void CountRedriven(string reason)
    {
        Redriven++;
        _byReason[reason] = _byReason.GetValueOrDefault(reason) + 1;
    }

    public IEnumerable<string> Lines()
    {
        yield return string.Create(
            CultureInfo.InvariantCulture,
            $"redriven {Redriven:N0} of {Read:N0} dead letters read; {Read - Redriven - WithoutTopic:N0} of other reasons or redriven before, {WithoutTopic:N0} without a topic to go to");
        foreach (var (reason, count) in _byReason)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"  {reason} {count:N0}");
        }
    }
}
