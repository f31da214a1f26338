using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;
using Analytics.Storage;
using Microsoft.Extensions.Configuration;

namespace Analytics.Tests.Silo;

public sealed class SourceEpochTests
{
    [Theory]
    [InlineData(new long[0], 1)]
    [InlineData(new long[] { 1, 1 }, 2)]
    [InlineData(new long[] { 3, 7, 2 }, 8)]
    public void The_embedded_broker_starts_a_new_epoch_each_time(long[] stored, long expected) => Assert.Equal(expected, Choose(stored));

    [Theory]
    [InlineData(new long[0], 4)]
    [InlineData(new long[] { 4 }, 4)]
    [InlineData(new long[] { 2 }, 4)]
    public void Another_cluster_has_the_epoch_that_is_set(long[] stored, long expected) => Assert.Equal(expected, Choose(stored, "x:1", 4));

    [Fact]
    public void An_epoch_before_the_stored_one_names_its_key() =>
        Assert.Equal("Kafka:Epoch", Assert.Throws<SettingException>(() => Choose([5], "x:1", 4)).Key);

    private static long Choose(long[] stored, string? servers = null, long setting = 1)
    {
        var settings = KafkaSettings.Read(new(new ConfigurationBuilder().AddInMemoryCollection(
            [new("Kafka:BootstrapServers", servers), new("Kafka:Epoch", $"{setting}")]).Build()));
        var epoch = new SourceEpoch();
        epoch.Choose([.. stored.Select((e, partition) => new Checkpoint(new(e, partition, 9), 0, default))], settings);
        return epoch.Value;
    }
}
