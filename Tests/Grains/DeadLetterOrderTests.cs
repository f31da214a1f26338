using Analytics.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streaming.Kafka;
using Orleans.Streaming.Kafka.Embedded;
using static Analytics.Tests.Windowing.Transactions;

namespace Analytics.Tests.Grains;

/// <summary>A record that is rejected is in the dead-letter topic before any checkpoint says that it was handled.</summary>
public sealed class DeadLetterOrderTests() : SiloFixture((AnalyticsSilo.Topic, 1), (new AnalyticsOptions().DeadLetterTopic, 1))
{
    [Fact]
    public async Task No_checkpoint_passes_a_dead_letter_that_is_not_acknowledged()
    {
        GatedPublisher? publisher = null;
        await using var silo = await AnalyticsSilo.StartAsync(Broker, Folder, more: builder => builder.Services
            .AddKeyedSingleton<IKafkaPublisher>(
                AnalyticsStreams.Provider,
                (services, name) => publisher = new(services.GetRequiredKeyedService<KafkaPublisher>(name)) { IsAway = true }));
        AnalyticsSilo.Produce(Broker, [At(Noon, id: "good"), At(Noon, amountMinor: -1, id: "bad"), At(Noon, id: "good too")]);

        // Publishing is tried again after a second: long after the interval of a checkpoint.
        await AnalyticsSilo.WaitUntilAsync(() => Task.FromResult(publisher?.Refused >= 2));
        Assert.Equal(0, silo.Sql("select count(*) from checkpoints where \"offset\" >= 1"));

        publisher!.IsAway = false;
        await silo.WaitForAcceptedAsync(2);
        await silo.WaitForCheckpointsAsync();
        Assert.Equal(1, (await silo.CountersAsync()).DeadLettered);
        Assert.Equal(1, publisher.Acknowledged);
        Assert.Equal(2, silo.Sql("select max(\"offset\") from checkpoints"));
    }
}
