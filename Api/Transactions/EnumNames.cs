using System.Collections.Frozen;
using System.Text.Json;

namespace Analytics.Api.Transactions;

/// <summary>The lower snake case names of an enum's values but for "unspecified", which is what an absent member means.</summary>
internal sealed class EnumNames<T>
    where T : struct, Enum
{
    private readonly FrozenDictionary<string, T> _values = Enum.GetValues<T>()
        .Where(value => Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture) != 0)
        .ToFrozenDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), StringComparer.Ordinal);

    /// <summary>All names, for a message.</summary>
    public string List => field ??= string.Join(", ", _values.OrderBy(pair => pair.Value).Select(pair => pair.Key));

    public T Find(string name, out bool isUnknown)
    {
        isUnknown = !_values.TryGetValue(name, out var value);
        return value;
    }
}
