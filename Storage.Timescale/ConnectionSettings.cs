using Npgsql;

namespace Analytics.Storage.Timescale;

/// <summary>What the store wants of a connection where the operator's connection string says nothing.</summary>
internal static class ConnectionSettings
{
    /// <summary>
    /// Every keyword can be overridden in the connection string. A store that is gone must show within seconds and not hold a commit
    /// for minutes; 20 connections a silo leave room for several silos under PostgreSQL's default limit of 100.
    /// </summary>
    private const string Defaults =
        "Application Name=orleans-analytics;Timeout=5;Command Timeout=30;Cancellation Timeout=2000;Maximum Pool Size=20;"
        + "Max Auto Prepare=40;Auto Prepare Min Usages=2;Keepalive=15;";

    /// <exception cref="ArgumentException">The connection string has an unknown keyword or names no host.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        var settings = new NpgsqlConnectionStringBuilder(Defaults + connectionString);
        if (string.IsNullOrWhiteSpace(settings.Host))
        {
            throw new ArgumentException("The connection string names no Host; set ConnectionStrings:Timescale.", nameof(connectionString));
        }

        // A reset would drop the staging tables, which every commit of buckets uses again; nothing else is left behind on a connection.
        settings.NoResetOnClose = true;
        return settings;
    }
}
