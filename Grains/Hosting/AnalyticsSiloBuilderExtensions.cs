using Analytics.Entities;
using Analytics.Ingest;
using Analytics.Partitions;
using Analytics.Persistence;
using Analytics.Placement;
using Analytics.Telemetry;
using Analytics.Transactions;
using Analytics.Windowing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;

namespace Analytics.Hosting;

/// <summary>Adds the grains to a silo.</summary>
public static class AnalyticsSiloBuilderExtensions
{
    /// <summary>
    /// Adds the grains and what they need of the silo. The host also registers an <c>IAnalyticsStore</c>, and a Kafka stream provider
    /// named <see cref="AnalyticsStreams.Provider"/> with <see cref="TransactionDecoder"/> and
    /// <see cref="AnalyticsStreams.TransactionsNamespace"/>.
    /// </summary>
    public static ISiloBuilder AddAnalyticsGrains(this ISiloBuilder builder, Action<AnalyticsOptions> configure)
    {
        builder.Services.AddOptions<AnalyticsOptions>()
            .Configure(configure)
            .Validate(o => o.Epoch >= 0, "Kafka:Epoch must be at least 0.")
            .Validate(
                o => o.AllowedLateness >= TimeSpan.Zero && o.AllowedLateness <= TimeSpan.FromDays(7),
                "Windows:AllowedLateness must be between 0 and 7 days.")
            .Validate(
                o => o.CheckpointInterval >= TimeSpan.FromMilliseconds(50) && o.CheckpointInterval <= TimeSpan.FromMinutes(1),
                "Checkpoint:Interval must be between 50 ms and 1 min.")
            .ValidateOnStart();
        builder.AddSingleActivation();
        builder.AddSharedScope();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<AnalyticsMetrics>();
        builder.Services.AddSingleton(services => services.GetRequiredService<AnalyticsMetrics>().Latencies);
        builder.Services.AddSingleton<StreamClock>();
        builder.Services.AddSingleton<IMembershipReader, MembershipReader>();
        builder.Services.AddSingleton<SiloLease>();
        builder.Services.AddSingleton<ISiloLease>(services => services.GetRequiredService<SiloLease>());
        builder.Services.AddSingleton<WriteBuffer>();
        builder.Services.AddSingleton<WriteBuffers>();
        builder.Services.AddSingleton<EntityLoader>();
        builder.Services.AddSingleton(services =>
        {
            var memory = new EntityMemory();
            services.GetRequiredService<AnalyticsMetrics>().ObserveMemory(memory);
            return memory;
        });
        builder.Services.AddSingleton<EntityServices>();
        builder.Services.AddSingleton<AccountHomes>();
        builder.Services.AddSingleton<KeptEntities>();
        builder.Services.AddSingleton<EntityRelay>();
        builder.Services.AddSingleton<ILiveMetrics, LiveMetrics>();
        builder.AddPlacementDirector<HomePlacement, HomePlacementDirector>();
        builder.AddPlacementDirector<ReaderPlacement, ReaderPlacementDirector>();
        builder.Services.AddSingleton<DeadLetterPublisher>();
        builder.Services.AddSingleton<PartitionServices>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PersistenceLifecycle>();
        builder.Services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, PartitionKeeper>();
        builder.Services.AddSingleton<ITransactionLog, KafkaTransactionLog>();
        builder.Services.AddKeyedSingleton<IKafkaStartPositions, CheckpointStartPositions>(AnalyticsStreams.Provider);
        return builder.AddGrainService<WriteBufferService>().AddGrainService<EntityRelayService>();
    }
}
