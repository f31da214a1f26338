using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;
using Analytics.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace Analytics.Tests.Silo;

public sealed class StoreRefusalTests
{
    private static readonly StorageSettings Settings = StorageSettings.Read(new(new ConfigurationBuilder().Build()));

    [Theory]
    [InlineData("28P01")]
    [InlineData("28000")]
    [InlineData("3D000")]
    [InlineData("42501")]
    public void A_server_that_refuses_is_told_in_its_own_words(string state)
    {
        var answer = new PostgresException("no entry", "FATAL", "FATAL", state);
        Assert.Equal("no entry", StoreRefusal.Reason(answer, Settings));
        Assert.Equal("no entry", StoreRefusal.Reason(new StoreUnavailableException("wrapped", answer), Settings));
    }

    [Theory]
    [InlineData(3, "read-only")]
    [InlineData(8, "read-only")]
    [InlineData(14, "cannot be opened")]
    [InlineData(26, "not an SQLite database")]
    public void A_file_that_is_no_store_is_named_with_the_reason(int code, string reason)
    {
        var told = StoreRefusal.Reason(new StoreUnavailableException("wrapped", new SqliteException("x", code)), Settings)!;
        Assert.Contains(reason, told, StringComparison.Ordinal);
        Assert.Contains(Settings.Path, told, StringComparison.Ordinal);
    }

    [Fact]
    public void What_passes_with_time_is_waited_for()
    {
        Assert.Null(StoreRefusal.Reason(new PostgresException("starting up", "FATAL", "FATAL", "57P03"), Settings));
        Assert.Null(StoreRefusal.Reason(new SqliteException("busy", 5), Settings));
        Assert.Null(StoreRefusal.Reason(new IOException("broken pipe"), Settings with { Provider = StorageProvider.Timescale }));
    }

    [Fact]
    public void An_unhealthy_check_logs_nothing_of_its_own() => Assert.Equal(
        "None", SettingSources.Load([])["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks.DefaultHealthCheckService"]);
}
