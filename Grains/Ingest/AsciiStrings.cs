using System.IO.Hashing;
using System.Text;

namespace Analytics.Ingest;

/// <summary>
/// One instance of each string that records repeat: ids of accounts and merchants, categories, countries. A table of fixed size in which a
/// newcomer takes the place of what was there, so it is bounded by construction. For one thread.
/// </summary>
/// <param name="capacity">Places in the table, a power of two; 16 bytes each, and the strings.</param>
internal sealed class AsciiStrings(int capacity)
{
    private readonly (ulong Hash, string? Text)[] _places = new (ulong, string?)[capacity];

    /// <summary>The string of these characters, or null unless all of them are printable ASCII.</summary>
    public string? Get(ReadOnlySpan<byte> ascii)
    {
        if (ascii.IsEmpty)
        {
            return "";
        }

        var hash = XxHash3.HashToUInt64(ascii);
        ref var place = ref _places[hash & (ulong)(capacity - 1)];
        if (place.Hash == hash && place.Text is { } known && Ascii.Equals(ascii, known))
        {
            return known;
        }

        if (!IsPrintable(ascii))
        {
            return null;
        }

        var text = Encoding.ASCII.GetString(ascii);
        place = (hash, text);
        return text;
    }

    /// <summary>Whether all characters are printable ASCII.</summary>
    public static bool IsPrintable(ReadOnlySpan<byte> ascii) => !ascii.ContainsAnyExceptInRange((byte)' ', (byte)'~');
}
