namespace Analytics.Silo.Configuration;

/// <summary>
/// Takes the settings (<c>--Section:Key=value</c> or <c>--Section:Key value</c>) out of a command line, so that verbs see only what is theirs.
/// </summary>
/// <param name="Settings">Keys with their values, in order.</param>
/// <param name="Rest">Everything else, in order.</param>
internal sealed record SettingArguments(IReadOnlyList<KeyValuePair<string, string?>> Settings, string[] Rest)
{
    // Beside our own those of the framework that make sense on a command line. The environment holds what other programs want, too.
    private static readonly string[] Sections =
    [
        "Kafka", "Storage", "ConnectionStrings", "Clustering", "Cache", "Windows", "Dashboard", "Checkpoint", "Orleans", "Shutdown", "WarmUp", "Logging",
        "Kestrel", "Bench",
    ];

    /// <exception cref="SettingException">A setting has no value, or is in a section that does not exist.</exception>
    public static SettingArguments Split(IReadOnlyList<string> arguments)
    {
        var settings = new List<KeyValuePair<string, string?>>();
        var rest = new List<string>();
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument == "--")
            {
                rest.AddRange(arguments.Skip(i));
                break;
            }

            if (!IsSetting(argument))
            {
                rest.Add(argument);
                continue;
            }

            CheckSection(argument);
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                settings.Add(new(argument[2..equals], argument[(equals + 1)..]));
            }
            else if (i + 1 < arguments.Count)
            {
                settings.Add(new(argument[2..], arguments[++i]));
            }
            else
            {
                throw new SettingException(argument[2..], "has no value; write --" + argument[2..] + "=value.");
            }
        }

        return new(settings, [.. rest]);
    }

    private static void CheckSection(string argument)
    {
        var key = argument[2..].Split('=')[0];
        var section = key.Split(':')[0];
        if (section.Length < key.Length && !Sections.Contains(section, StringComparer.OrdinalIgnoreCase))
        {
            throw new SettingException(key, $"there is no section {section}; sections are {string.Join(", ", Sections[..^1])}.");
        }
    }

    // Urls is the one setting without a section.
    private static bool IsSetting(string argument)
    {
        if (!argument.StartsWith("--", StringComparison.Ordinal))
        {
            return false;
        }

        var name = argument.AsSpan(2);
        var equals = name.IndexOf('=');
        name = equals < 0 ? name : name[..equals];
        return name.Contains(':') || name.Equals("Urls", StringComparison.OrdinalIgnoreCase);
    }
}
