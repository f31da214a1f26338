using Analytics.Tests.Integration;
using Orleans.Streaming.Kafka.Embedded;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>What a fault run does with a silo that does not come up is what a supervisor does.</summary>
[Trait("Needs", "Servers")]
public sealed class SiloClusterTests
{
    private static readonly TimeSpan EndDeadline = TimeSpan.FromSeconds(90);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_that_ends_at_its_start_for_want_of_a_server_is_started_again()
    {
        await using var broker = new EmbeddedKafkaBroker((FaultRun.Topic, 1), (FaultRun.DeadLetterTopic, 1));
        await using var redis = new VanishingProxy(ClusterOfProcesses.Redis);
        var folder = Directory.CreateTempSubdirectory("analytics-faults-").FullName;
        await using var silos = new SiloCluster(
            1, folder, redis.Address, [$"--Kafka:BootstrapServers={broker.BootstrapServers}", $"--Orleans:ClusterId=test-{Guid.NewGuid():N}"]);
        var starting = silos.StartAsync(silos.Places[0], samePort: false, Cancellation);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        deadline.CancelAfter(EndDeadline);
        while (silos.RepeatedStarts == 0 && !starting.IsCompleted)
        {
            await Task.Delay(50, deadline.Token);
        }

        redis.Return();
        await starting;

        Assert.NotNull(silos.Running(0));
    }
}
