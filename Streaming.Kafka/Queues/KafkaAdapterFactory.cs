using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Providers;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>Puts a provider together on a silo: asks the cluster for the partitions and the application for the epoch, then reads, and grows with the topic.</summary>
internal sealed class KafkaAdapterFactory<T> : IQueueAdapterFactory, IControllable, IAsyncDisposable, IDisposable
{
    private readonly string _name;
    private readonly IServiceProvider _services;
    private readonly KafkaStreamOptions _options;
    private readonly KafkaStreamControl _control;
    private readonly ILogger _logger;
    private KafkaConsumer<T>? _consumer;
    private PartitionWatch? _watch;
    private KafkaQueueMapper? _mapper;
    private KafkaAdapter<T>? _adapter;

    public KafkaAdapterFactory(string name, IServiceProvider services)
    {
        _name = name;
        _services = services;
        _options = services.GetRequiredService<IOptionsMonitor<KafkaStreamOptions>>().Get(name);
        _control = services.GetRequiredKeyedService<KafkaStreamControl>(name);
        _logger = services.GetRequiredService<ILoggerFactory>().CreateLogger($"Orleans.Streaming.Kafka.{name}");
    }

    public Task<IQueueAdapter> CreateAdapter() => CreateAdapter(CancellationToken.None);

    public async Task<IQueueAdapter> CreateAdapter(CancellationToken cancellationToken)
    {
        var positions = _services.GetKeyedService<IKafkaStartPositions>(_name);
        var epoch = positions is null ? 0 : await positions.GetEpochAsync(cancellationToken);
        var decoder = _services.GetRequiredKeyedService<IKafkaRecordDecoder<T>>(_name);
        var consumer = new KafkaConsumer<T>(_name, _options, _control, decoder, _logger);
        _consumer = consumer;
        var watch = new PartitionWatch(
            _name,
            _options,
            _services.GetRequiredKeyedService<ITopicPartitions>(_name),
            consumer.ClientHandle,
            _services.GetRequiredService<IGrainFactory>(),
            _logger);
        _watch = watch;
        var partitions = await Task.Run(() => watch.WaitForPartitions(cancellationToken), cancellationToken);
        _mapper = new(_name, _options.StreamNamespace.Length > 0 ? _options.StreamNamespace : _options.Topic, partitions);
        _adapter = new(
            _name, epoch, consumer, _mapper, _services.GetRequiredKeyedService<KafkaPublisher>(_name), positions, _options, _logger);
        consumer.Start(partitions);
        _control.SetPartitionCount(partitions);
        _control.Epoch = epoch;
        _control.LogRange = consumer.GetLogRange;
        _control.LogEndOffset = consumer.GetLogEndOffset;
        _control.RedeliveryRequested = consumer.DeliverFrom;
        _control.CommitRequested = consumer.Offsets.Request;
        watch.Start(partitions, count => Grow(consumer, count), (fault, isCertain) => OnTopicFault(consumer, fault, isCertain));
        return _adapter;
    }

    /// <summary>Another silo's <see cref="PartitionWatch"/> has found more partitions.</summary>
    /// <exception cref="ArgumentException">Another command.</exception>
    public Task<object?> ExecuteCommand(int command, object? arg)
    {
        if (command != PartitionWatch.TellCommand || arg is not int partitions)
            throw new ArgumentException($"Kafka streams \"{_name}\" know no command {command} with {arg ?? "nothing"}.", nameof(command));
        _watch?.Tell(partitions);
        return Task.FromResult<object?>(null);
    }

    public IQueueAdapterCache GetQueueAdapterCache() => Created(_adapter);

    public IStreamQueueMapper GetStreamQueueMapper() => Created(_mapper);

    /// <summary>Failed deliveries are repeated by the cursor and logged by the agent; a subscription is never taken away for one.</summary>
    public Task<IStreamFailureHandler> GetDeliveryFailureHandler(QueueId queueId) =>
        Task.FromResult<IStreamFailureHandler>(new NoOpStreamDeliveryFailureHandler(false));

    public async ValueTask DisposeAsync()
    {
        if (_watch is not null) await _watch.DisposeAsync();
        if (_consumer is not null) await _consumer.DisposeAsync();
    }

    /// <summary>For a host that is disposed of in the old way; a container refuses what can only be disposed of asynchronously.</summary>
    public void Dispose() => Task.Run(async () => await DisposeAsync()).Wait();

    /// <summary>The reading side first: once the owners are known, agents assign the new partitions.</summary>
    private void Grow(KafkaConsumer<T> consumer, int partitions)
    {
        consumer.Grow(partitions);
        _mapper!.Grow(partitions);
        _control.SetPartitionCount(partitions);
    }

    private void OnTopicFault(KafkaConsumer<T> consumer, string? fault, bool isCertain)
    {
        _control.TopicFault = fault;
        if (isCertain) consumer.Halt();
    }

    private static TPart Created<TPart>(TPart? part)
        where TPart : class => part ?? throw new InvalidOperationException("The adapter has not been created yet.");
}
