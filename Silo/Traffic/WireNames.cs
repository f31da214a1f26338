using System.Collections.Frozen;
using System.Text.Json;
using Analytics.V1;

namespace Analytics.Silo.Traffic;

/// <summary>The lower snake case names of the wire format's enums, without "unspecified".</summary>
internal static class WireNames
{
    public static readonly FrozenDictionary<string, Transaction.Types.Type> Types = NamesOf<Transaction.Types.Type>();
    public static readonly FrozenDictionary<string, Transaction.Types.Status> Statuses = NamesOf<Transaction.Types.Status>();
    public static readonly FrozenDictionary<string, Transaction.Types.Channel> Channels = NamesOf<Transaction.Types.Channel>();

    private static FrozenDictionary<string, T> NamesOf<T>()
        where T : struct, Enum =>
        Enum.GetValues<T>()
            .Where(value => !value.Equals(default(T)))
            .ToFrozenDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), StringComparer.Ordinal);
}
