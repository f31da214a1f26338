using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Runtime.Providers;
using Orleans.Streaming.Kafka;
using Orleans.Streams;

namespace Orleans.Hosting;

/// <summary>Adds Kafka streams to a silo.</summary>
public static class KafkaSiloBuilderExtensions
{
    /// <summary>
    /// Adds a persistent stream provider over one topic: every partition is one queue and one stream, whose namespace is
    /// <see cref="KafkaStreamOptions.StreamNamespace"/> (or the topic) and whose key is the partition's number in decimal.
    /// </summary>
    /// <remarks>
    /// Also registers <see cref="IKafkaPublisher"/> and <see cref="IKafkaStreamControl"/> as keyed services under
    /// <paramref name="name"/>, and asks the keyed <see cref="IKafkaStartPositions"/> of that name, if there is one. Defaults that fit this
    /// provider and can be changed afterwards through Orleans' named options: implicit subscriptions only, agents that look every 10 ms.
    /// </remarks>
    /// <typeparam name="TRecord">What the decoder makes of a record.</typeparam>
    /// <typeparam name="TDecoder">Made by dependency injection, one instance a silo.</typeparam>
    /// <param name="builder">The silo.</param>
    /// <param name="name">The stream provider's name.</param>
    /// <param name="configure">Sets the options; they are validated at start.</param>
    public static ISiloBuilder AddKafkaStreams<TRecord, TDecoder>(
        this ISiloBuilder builder, string name, Action<KafkaStreamOptions> configure)
        where TDecoder : class, IKafkaRecordDecoder<TRecord>
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(configure);
        var services = builder.Services;
        services.AddOptions<KafkaStreamOptions>(name).Configure(configure);
        services.AddOptions<StreamPubSubOptions>(name).Configure(options => options.PubSubType = StreamPubSubType.ImplicitOnly);
        services.AddOptions<StreamPullingAgentOptions>(name).Configure(options =>
        {
            options.GetQueueMsgsTimerPeriod = TimeSpan.FromMilliseconds(10);
            options.BatchContainerBatchSize = 1;
            // A stream is a partition: it is never gone for good, and registering it anew would only cost a pause.
            options.StreamInactivityPeriod = TimeSpan.FromDays(1);
        });
        builder.AddPersistentStreams(
            name,
            (provider, key) => new KafkaAdapterFactory<TRecord>(key, provider),
            streams => streams.ConfigurePartitionBalancing(
                (provider, key) => ActivatorUtilities.CreateInstance<KafkaQueueBalancer>(
                    provider, provider.GetRequiredKeyedService<PartitionOwners>(key))));
        services.AddKeyedSingleton<IMessageDeliveryBackoffProvider>(name, new DeliveryBackoff());
        services.AddSingleton<IConfigurationValidator>(provider => new KafkaStreamOptionsValidator(name, Options(provider, name)));
        services.AddKeyedSingleton(name, (provider, _) => new KafkaPublisher(
            name, Options(provider, name), provider.GetRequiredService<ILoggerFactory>()));
        services.AddKeyedSingleton<IKafkaRecordDecoder<TRecord>>(name, (provider, _) => ActivatorUtilities.CreateInstance<TDecoder>(provider));
        services.AddKeyedSingleton(name, (_, _) => new PartitionOwners());
        services.AddKeyedSingleton<ITopicPartitions>(name, (_, _) => new TopicPartitions());
        services.AddKeyedSingleton(
            name, (provider, _) => new KafkaStreamControl(Options(provider, name), provider.GetRequiredKeyedService<PartitionOwners>(name)));
        services.AddKeyedSingleton<IKafkaStreamControl>(name, (provider, _) => provider.GetRequiredKeyedService<KafkaStreamControl>(name));
        services.AddKeyedSingleton<IKafkaPublisher>(name, (provider, _) => provider.GetRequiredKeyedService<KafkaPublisher>(name));
        return builder;
    }

    /// <summary>The same, with the value's bytes as they are; a null value is an empty array.</summary>
    /// <inheritdoc cref="AddKafkaStreams{TRecord,TDecoder}"/>
    public static ISiloBuilder AddKafkaStreams(this ISiloBuilder builder, string name, Action<KafkaStreamOptions> configure) =>
        builder.AddKafkaStreams<byte[], ValueBytesDecoder>(name, configure);

    private static KafkaStreamOptions Options(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>().Get(name);
}
