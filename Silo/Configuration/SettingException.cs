namespace Analytics.Silo.Configuration;

/// <summary>A setting that is wrong or missing: the start stops with one line that names its key, exit code 2.</summary>
internal sealed class SettingException(string key, string problem, Exception? inner = null) : Exception($"{key}: {problem}", inner)
{
    /// <summary>The key as it is written in appsettings.json or after <c>--</c>.</summary>
    public string Key { get; } = key;
}
