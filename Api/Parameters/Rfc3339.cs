using System.Globalization;

namespace Analytics.Api.Parameters;

/// <summary>RFC 3339 section 5.6: date, <c>T</c>, time, and an offset or <c>Z</c>; never a local time.</summary>
internal static class Rfc3339
{
    private const int MaxDecimals = 7;

    /// <summary>
    /// Parses a time. Decimals beyond 100 ns are dropped. A space before the offset is read as the '+' that an unescaped query loses.
    /// </summary>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        time = default;

        // The shortest is 2026-01-01T00:00:00Z.
        if (text is null || text.Length is < 20 or > 64 || text[10] is not ('T' or 't'))
        {
            return false;
        }

        var offsetStart = text[^1] is 'Z' or 'z' ? text.Length - 1 : text.Length - 6;
        if (offsetStart < 19 || !TryFraction(text.AsSpan(19, offsetStart - 19), out var ticks))
        {
            return false;
        }

        var offset = text[^1] is 'Z' or 'z' ? "+00:00" : text[offsetStart..].Replace(' ', '+');
        if (offset[0] is not ('+' or '-') || !DateTimeOffset.TryParseExact(
                string.Concat(text.AsSpan(0, 10), "T", text.AsSpan(11, 8), offset),
                "yyyy-MM-dd'T'HH:mm:sszzz",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out time))
        {
            return false;
        }

        time = time.AddTicks(ticks).ToUniversalTime();
        return true;
    }

    private static bool TryFraction(ReadOnlySpan<char> text, out long ticks)
    {
        ticks = 0;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text[0] != '.' || text.Length == 1)
        {
            return false;
        }

        for (var i = 1; i < Math.Max(text.Length, MaxDecimals + 1); i++)
        {
            var digit = i < text.Length ? text[i] : '0';
            if (!char.IsAsciiDigit(digit))
            {
                return false;
            }

            ticks = i <= MaxDecimals ? (ticks * 10) + (digit - '0') : ticks;
        }

        return true;
    }
}
