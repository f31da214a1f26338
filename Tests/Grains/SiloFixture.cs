using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Tests.Grains;

/// <summary>A broker and a folder for each test of a class whose tests start silos of their own.</summary>
public abstract class SiloFixture(params (string Topic, int Partitions)[] topics) : IAsyncLifetime
{
    protected EmbeddedKafkaBroker Broker { get; } = new(topics);

    protected string Folder { get; } = Directory.CreateTempSubdirectory("analytics-silo-").FullName;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}
