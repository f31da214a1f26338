using System.Globalization;

namespace Analytics.Silo.Configuration;

/// <summary>Reads typed values; everything that is wrong throws a <see cref="SettingException"/> that says what is allowed.</summary>
internal sealed class SettingReader(IConfiguration configuration)
{
    /// <summary>The value without surrounding blanks; null when absent or empty.</summary>
    public string? Text(string key)
    {
        var value = configuration[key];
        return string.IsNullOrWhiteSpace(value) ? null : value.Trim();
    }

    /// <summary>The value without surrounding blanks; null when absent. Empty is a mistake where a value is needed.</summary>
    public string? Value(string key) => configuration[key] is not { } value ? null
        : string.IsNullOrWhiteSpace(value) ? throw new SettingException(key, "is empty; give it a value, or leave it out for the default.")
        : value.Trim();

    public T Enum<T>(string key, T fallback)
        where T : struct, Enum
    {
        if (Value(key) is not { } text)
        {
            return fallback;
        }

        // A number would pass Enum.TryParse, but is a mistake here.
        return char.IsAsciiLetter(text[0]) && System.Enum.TryParse<T>(text, ignoreCase: true, out var value) && System.Enum.IsDefined(value)
            ? value
            : throw new SettingException(key, $"'{text}' is none of {string.Join(", ", System.Enum.GetNames<T>())}.");
    }

    public bool Boolean(string key, bool fallback) => Value(key) is not { } text ? fallback
        : bool.TryParse(text, out var value) ? value
        : throw new SettingException(key, $"'{text}' is neither true nor false.");

    public long? Integer(string key, long min, long max)
    {
        if (Value(key) is not { } text)
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max
            ? value
            : throw new SettingException(key, $"'{text}' is not a whole number from {min} to {max}.");
    }

    /// <summary>A duration <c>[d.]hh:mm:ss[.fff]</c>; unlike .NET, hours may go beyond 23, so that 24:00:00 is a day and not 24 days.</summary>
    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan min, TimeSpan max)
    {
        if (Value(key) is not { } text)
        {
            return fallback;
        }

        return TryParseDuration(text, out var value) && value >= min && value <= max
            ? value
            : throw new SettingException(key, $"'{text}' is not a duration [d.]hh:mm:ss from {min:c} to {max:c}.");
    }

    /// <summary>The children of a section that are not among <paramref name="known"/> are spelling mistakes.</summary>
    public void RejectUnknown(string section, params ReadOnlySpan<string> known)
    {
        foreach (var child in configuration.GetSection(section).GetChildren())
        {
            var isKnown = false;
            foreach (var name in known)
            {
                isKnown |= name.Equals(child.Key, StringComparison.OrdinalIgnoreCase);
            }

            if (!isKnown)
            {
                throw new SettingException($"{section}:{child.Key}", $"there is no such setting; {section} has {string.Join(", ", known.ToArray())}.");
            }
        }
    }

    /// <summary>All leaves below a section, keys relative to it.</summary>
    public IReadOnlyDictionary<string, string> Leaves(string section)
    {
        var leaves = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in configuration.GetSection(section).AsEnumerable(makePathsRelative: true))
        {
            if (key.Length > 0 && value is not null)
            {
                leaves.Add(key, value);
            }
        }

        return leaves;
    }

    private static bool TryParseDuration(string text, out TimeSpan value)
    {
        var parts = text.Split(':');
        if (parts.Length == 3
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var minutes)
            && minutes < 60
            && decimal.TryParse(parts[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds < 60)
        {
            value = TimeSpan.FromHours(hours) + TimeSpan.FromMinutes(minutes) + TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
            return true;
        }

        return TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value) && text.Contains('.', StringComparison.Ordinal);
    }
}
