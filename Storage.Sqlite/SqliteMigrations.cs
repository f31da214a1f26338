using System.Globalization;
using System.Reflection;

namespace Analytics.Storage.Sqlite;

/// <summary>Runs the scripts of <c>Migrations</c> in name order; <c>user_version</c> is the number of the last one that ran.</summary>
internal static class SqliteMigrations
{
    private const string Folder = ".Migrations.";

    private static readonly (long Version, string Name)[] Scripts = [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.Contains(Folder, StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .Select(name => (VersionOf(name), name))];

    public static void Run(SqliteSession session)
    {
        // The version is read under the write lock, so of several processes that start at once one migrates and the others see it done.
        session.Transact(static open =>
        {
            var applied = (long)open.Bind("PRAGMA user_version").ExecuteScalar()!;
            foreach (var (version, name) in Scripts)
            {
                if (version > applied)
                {
                    open.Execute(Read(name));
                    open.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {version}"));
                }
            }

            return true;
        });
    }

    // A resource is named Analytics.Storage.Sqlite.Migrations.0001_tables.sql.
    private static long VersionOf(string name)
    {
        var number = name.AsSpan(name.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length, 4);
        return long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    private static string Read(string name)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
