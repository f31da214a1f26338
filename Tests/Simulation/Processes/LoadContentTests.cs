using System.Text;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>Which partition a record of the load goes to, when the topic grows.</summary>
public sealed class LoadContentTests
{
    private const int Before = 2;
    private const int After = 6;

    [Fact]
    public void Records_go_where_their_key_belongs_and_what_is_sent_again_to_where_it_went_first()
    {
        var folder = Directory.CreateTempSubdirectory("analytics-test-");
        try
        {
            var options = new FaultOptions { Seed = 1, Duration = TimeSpan.Zero };
            var growth = new TopicGrowth(folder.FullName, silos: 1, Before, isPlanned: true);
            var content = new LoadContent(options.Seed, producer: 0, growth, options);
            Dictionary<string, int> partitions = [];
            var moved = 0;
            for (var i = 0; i < 10_000; i++)
            {
                if (i == 5_000)
                {
                    growth.TellProducer(0, After);
                }

                var known = i < 5_000 ? Before : After;
                var (partition, message) = content.Next(DateTimeOffset.UnixEpoch);
                Assert.InRange(partition, 0, known - 1);
                if (message.Key is null || message.Value is null)
                {
                    continue;
                }

                var belongs = KafkaPartitioner.PartitionOf(message.Key, known);
                if (partitions.TryAdd(Encoding.Latin1.GetString([.. message.Key, .. message.Value]), partition))
                {
                    Assert.Equal(belongs, partition);
                    continue;
                }

                Assert.Equal(partitions[Encoding.Latin1.GetString([.. message.Key, .. message.Value])], partition);
                moved += partition == belongs ? 0 : 1;
            }

            Assert.NotEqual(0, moved);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
