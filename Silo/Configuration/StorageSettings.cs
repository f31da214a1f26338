using Npgsql;

namespace Analytics.Silo.Configuration;

/// <summary>Which store keeps windows, raw rows and checkpoints.</summary>
internal enum StorageProvider
{
    /// <summary>A file of this machine; for one silo.</summary>
    Sqlite,

    /// <summary>PostgreSQL with the TimescaleDB extension.</summary>
    Timescale,
}

/// <summary>The store.</summary>
internal sealed record StorageSettings
{
    /// <summary>SQLite's file, relative to the working directory.</summary>
    public const string DefaultPath = "data/analytics.db";

    public required StorageProvider Provider { get; init; }

    /// <summary>Full path of SQLite's file.</summary>
    public required string Path { get; init; }

    /// <summary>Npgsql's connection string; null unless the provider is Timescale.</summary>
    public required string? ConnectionString { get; init; }

    /// <summary>Whether a start brings the schema up to date.</summary>
    public required bool Migrate { get; init; }

    /// <summary>The setting to look at when the store does not answer.</summary>
    public string AddressKey => Provider == StorageProvider.Timescale ? "ConnectionStrings:Timescale" : "Storage:Path";

    public static StorageSettings Read(SettingReader reader)
    {
        reader.RejectUnknown("Storage", "Provider", "Path", "Migrate");
        var provider = reader.Enum("Storage:Provider", StorageProvider.Sqlite);
        return new()
        {
            Provider = provider,
            Path = CheckedPath(reader.Value("Storage:Path") ?? DefaultPath),
            ConnectionString = provider == StorageProvider.Timescale ? CheckedConnectionString(reader) : null,
            Migrate = reader.Boolean("Storage:Migrate", true),
        };
    }

    private static string CheckedPath(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            throw new SettingException("Storage:Path", "holds a NUL character.");
        }

        var full = System.IO.Path.GetFullPath(path);
        return Directory.Exists(full) ? throw new SettingException("Storage:Path", $"'{full}' is a folder; name a file in it.") : full;
    }

    private static string CheckedConnectionString(SettingReader reader)
    {
        const string Key = "ConnectionStrings:Timescale";
        var text = reader.Text(Key)
            ?? throw new SettingException(Key, "is missing; Storage:Provider=Timescale needs it (Host=...;Database=...;Username=...;Password=...).");
        try
        {
            return string.IsNullOrWhiteSpace(new NpgsqlConnectionStringBuilder(text).Host)
                ? throw new SettingException(Key, "names no Host.")
                : text;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException)
        {
            // Not the value itself: it may hold a password.
            throw new SettingException(Key, $"cannot be parsed: {exception.Message}", exception);
        }
    }
}
