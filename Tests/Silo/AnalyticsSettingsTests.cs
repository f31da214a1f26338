using Analytics.Silo.Configuration;
using Analytics.Silo.Verbs;
using Microsoft.Extensions.Configuration;

namespace Analytics.Tests.Silo;

public sealed class AnalyticsSettingsTests
{
    [Fact]
    public void Read_WithNothingConfigured_IsEmbedded()
    {
        var settings = Read();
        Assert.Equal("http://localhost:8080", Assert.Single(settings.Urls).ToString());
        Assert.Null(settings.Kafka.BootstrapServers);
        Assert.Equal("transactions", settings.Kafka.Topic);
        Assert.Equal("transactions.dlq", settings.Kafka.DeadLetterTopic);
        Assert.Equal("orleans-analytics", settings.Kafka.ConsumerGroup);
        Assert.Equal(1, settings.Kafka.Epoch);
        Assert.Equal(StorageProvider.Sqlite, settings.Storage.Provider);
        Assert.EndsWith(Path.Combine("data", "analytics.db"), settings.Storage.Path, StringComparison.Ordinal);
        Assert.True(settings.Storage.Migrate);
        Assert.Null(settings.Orleans.ClusteringRedis);
        Assert.Equal(TimeSpan.FromSeconds(4), settings.Orleans.FailureDetection);
        Assert.Equal(TimeSpan.FromDays(1), settings.AllowedLateness);
        Assert.Equal(TimeSpan.FromSeconds(1), settings.CheckpointInterval);
        Assert.Equal(TimeSpan.FromSeconds(30), settings.ShutdownTimeout);
        Assert.Equal(TimeSpan.Zero, settings.WarmUp);
    }

    [Fact]
    public void The_documented_defaults_are_the_ones_in_effect() =>
        Assert.Equivalent(Read(), AnalyticsSettings.Read(SettingSources.Load([])), strict: true);

    [Theory]
    [InlineData("Urls", "8080")]
    [InlineData("Urls", "ftp://localhost:1")]
    [InlineData("Urls", "http://localhost:70000")]
    [InlineData("Urls", "http://localhost:8080/base")]
    [InlineData("Urls", ";")]
    [InlineData("Kafka:BootstrapServers", "localhost")]
    [InlineData("Kafka:BootstrapServers", "localhost:0")]
    [InlineData("Kafka:BootstrapServers", "a:9092,b:x")]
    [InlineData("Kafka:Topic", "no spaces")]
    [InlineData("Kafka:Topic", "..")]
    [InlineData("Kafka:Topic", "")]
    [InlineData("Kafka:ConsumerGroup", " ")]
    [InlineData("Storage:Provider", "")]
    [InlineData("Storage:Path", "")]
    [InlineData("Checkpoint:Interval", "")]
    [InlineData("Urls", "")]
    [InlineData("Kafka:Epoch", "-1")]
    [InlineData("Kafka:Epoch", "one")]
    [InlineData("Kafka:PartitionRefreshInterval", "00:00:00")]
    [InlineData("Kafka:PartitionRefreshInterval", "01:00:01")]
    [InlineData("Kafka:Toppic", "transactions")]
    [InlineData("Kafka:Client:no.such.key", "1")]
    [InlineData("Kafka:Client:socket.timeout.ms", "soon")]
    [InlineData("Kafka:Client:security.protocol", "carrier-pigeon")]
    [InlineData("Storage:Provider", "Oracle")]
    [InlineData("Storage:Provider", "1")]
    [InlineData("Storage:Migrate", "maybe")]
    [InlineData("Storage:Path", "/")]
    [InlineData("Storage:Pfad", "x")]
    [InlineData("Clustering:Redis", "nonsense=1")]
    [InlineData("Clustering:Consul", "x")]
    [InlineData("Clustering:FailureDetection", "00:00:01.9")]
    [InlineData("Clustering:FailureDetection", "00:05:01")]
    [InlineData("Clustering:FailureDetection", "5")]
    [InlineData("Cache:Redis", "nonsense=1")]
    [InlineData("Windows:AllowedLateness", "a day")]
    [InlineData("Windows:AllowedLateness", "-00:00:01")]
    [InlineData("Windows:AllowedLateness", "8.00:00:00")]
    [InlineData("Windows:AllowedLateness", "24")]
    [InlineData("Checkpoint:Interval", "00:00:00")]
    [InlineData("Checkpoint:Interval", "1")]
    [InlineData("Orleans:SiloPort", "0")]
    [InlineData("Orleans:GatewayPort", "65536")]
    [InlineData("Orleans:AdvertisedIP", "here")]
    [InlineData("Shutdown:Timeout", "00:00:00")]
    [InlineData("WarmUp:Duration", "00:01:01")]
    [InlineData("WarmUp:Time", "00:00:01")]
    public void A_wrong_value_is_one_line_that_names_its_key(string key, string value)
    {
        var exception = Assert.Throws<SettingException>(() => Read((key, value)));
        Assert.Equal(key, exception.Key);
        Assert.StartsWith(key + ":", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    /// <summary>Else the verb bench could not tell that nobody has chosen.</summary>
    [Fact]
    public void The_file_of_defaults_leaves_the_warm_up_open() => Assert.Null(SettingSources.Load([])["WarmUp:Duration"]);

    [Theory]
    [InlineData("Kafka:BootstrapServers")]
    [InlineData("Clustering:Redis")]
    [InlineData("Cache:Redis")]
    public void An_empty_server_is_none(string key) => Assert.Equivalent(Read(), Read((key, "")), strict: true);

    [Fact]
    public void A_demo_has_a_file_of_its_own_unless_a_store_is_named()
    {
        var (settings, file) = new VerbSettings([]).LoadDemo();
        Assert.Equal(file, AnalyticsSettings.Read(settings).Storage.Path);
        Assert.EndsWith("demo.db", file, StringComparison.Ordinal);
        foreach (var (key, value) in ((string, string)[])[("Storage:Path", "data/analytics.db"), ("Storage:Provider", "Sqlite")])
        {
            (settings, file) = new VerbSettings([new(key, value)]).LoadDemo();
            Assert.Null(file);
            Assert.EndsWith("analytics.db", AnalyticsSettings.Read(settings).Storage.Path, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("Database=x")]
    [InlineData("Host=x;Colour=blue")]
    public void Timescale_needs_a_connection_string(string? connectionString)
    {
        var exception = Assert.Throws<SettingException>(() => Read(("Storage:Provider", "timescale"), ("ConnectionStrings:Timescale", connectionString)));
        Assert.Equal("ConnectionStrings:Timescale", exception.Key);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public void A_cluster_needs_a_shared_broker() =>
        Assert.Equal("Kafka:BootstrapServers", Assert.Throws<SettingException>(() => Read(("Clustering:Redis", "localhost:6379"))).Key);

    [Fact]
    public void A_wrong_connection_string_does_not_show_its_password()
    {
        var exception = Assert.Throws<SettingException>(() => Read(
            ("Storage:Provider", "Timescale"), ("ConnectionStrings:Timescale", "Host=x;Password=hunter2;Colour=blue")));
        Assert.DoesNotContain("hunter2", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("24:00:00", 24 * 3600.0)]
    [InlineData("1.00:00:00", 24 * 3600.0)]
    [InlineData("48:30:00", 48.5 * 3600)]
    [InlineData("00:00:05.5", 5.5)]
    public void Twenty_four_hours_are_a_day(string text, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Read(("Windows:AllowedLateness", text)).AllowedLateness);

    [Fact]
    public void Kafka_client_settings_keep_their_names()
    {
        var settings = Read(("Kafka:BootstrapServers", "a:1,b:2"), ("Kafka:Client:security.protocol", "SASL_SSL"), ("Kafka:Client:sasl.username", "u"));
        Assert.Equal("a:1,b:2", settings.Kafka.BootstrapServers);
        Assert.Equal("SASL_SSL", settings.Kafka.Client["security.protocol"]);
        Assert.Equal("u", settings.Kafka.Client["sasl.username"]);
    }

    [Theory]
    [InlineData("http://localhost:0", "http://127.0.0.1:0")]
    [InlineData("http://localhost:8080", "http://localhost:8080")]
    [InlineData("http://*:8080", "http://*:8080")]
    [InlineData("http://[::1]:8080", "http://[::1]:8080")]
    public void Any_free_port_of_localhost_is_one_of_127_0_0_1(string url, string forKestrel) =>
        Assert.Equal(forKestrel, Assert.Single(Read(("Urls", url)).Urls).ForKestrel);

    private static AnalyticsSettings Read(params (string Key, string? Value)[] values) => AnalyticsSettings.Read(
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(v => KeyValuePair.Create(v.Key, v.Value))).Build());
}
