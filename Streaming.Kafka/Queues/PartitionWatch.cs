using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;

namespace Orleans.Streaming.Kafka;

/// <summary>
/// Knows how many partitions the topic has: asks the cluster at start, and from then on every
/// <see cref="KafkaStreamOptions.PartitionRefreshInterval"/>. Whoever finds more tells the other silos to ask too: until all of them have the
/// same number, they may disagree about who reads a partition.
/// </summary>
internal sealed class PartitionWatch : IAsyncDisposable
{
    /// <summary>To the provider on every silo, with a number of partitions that one of them has found.</summary>
    public const int TellCommand = (int)PersistentStreamProviderCommand.AdapterFactoryCommandStartRange;

    /// <summary>How often the cluster is asked at once after another silo has found more than it answers here.</summary>
    private const int MaxHurriedAsks = 10;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HurriedPause = TimeSpan.FromSeconds(1);

    private readonly string _name;
    private readonly KafkaStreamOptions _options;
    private readonly ITopicPartitions _topic;
    private readonly Handle _client;
    private readonly IGrainFactory _grains;
    private readonly ILogger _logger;
    private readonly ErrorLogLimit _errorLog = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private Task _watching = Task.CompletedTask;
    private int _known;
    private int _announced;
    private volatile int _told;
    private long? _missingSince;

    public PartitionWatch(
        string name, KafkaStreamOptions options, ITopicPartitions topic, Handle client, IGrainFactory grains, ILogger logger) =>
        (_name, _options, _topic, _client, _grains, _logger) = (name, options, topic, client, grains, logger);

    /// <summary>Asks until there is an answer; blocking.</summary>
    /// <exception cref="OrleansConfigurationException">No answer in time; names the setting.</exception>
    public int WaitForPartitions(CancellationToken cancellationToken)
    {
        using var admin = new DependentAdminClientBuilder(_client).Build();
        var deadline = Environment.TickCount64 + (long)_options.MetadataTimeout.TotalMilliseconds;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            string problem;
            KafkaException cause;
            try
            {
                var left = Math.Clamp(deadline - Environment.TickCount64, 100, 2_000);
                return _topic.Count(admin, _options.Topic, TimeSpan.FromMilliseconds(left));
            }
            catch (KafkaException exception) when (exception.Error.IsBrokerError)
            {
                cause = exception;
                problem = $"topic {_options.Topic} is not there ({exception.Error.Reason}). Create it, or correct {nameof(KafkaStreamOptions)}." +
                    $"{nameof(_options.Topic)}";
            }
            catch (KafkaException exception)
            {
                cause = exception;
                problem = $"no broker answers at {_options.BootstrapServers} ({exception.Error.Reason}). Start it, or correct " +
                    $"{nameof(KafkaStreamOptions)}.{nameof(_options.BootstrapServers)}";
            }
            if (Environment.TickCount64 >= deadline)
                throw new OrleansConfigurationException(
                    $"Kafka streams \"{_name}\": {problem}. Waited {nameof(_options.MetadataTimeout)} = {_options.MetadataTimeout}.", cause);
            cancellationToken.WaitHandle.WaitOne(100);
        }
    }

    /// <summary>Begins to watch.</summary>
    /// <param name="partitions">The number known now.</param>
    /// <param name="grown">Takes a larger number.</param>
    /// <param name="faulted">
    /// Takes what is wrong with the topic, null when it is well again; and whether it is certain, after which nothing is watched any more.
    /// </param>
    public void Start(int partitions, Action<int> grown, Action<string?, bool> faulted)
    {
        _known = partitions;
        _watching = Task.Run(() => WatchAsync(grown, faulted));
    }

    /// <summary>Another silo has found this number of partitions.</summary>
    public void Tell(int partitions)
    {
        if (partitions <= Volatile.Read(ref _known)) return;
        _told = partitions;
        Wake();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task WatchAsync(Action<int> grown, Action<string?, bool> faulted)
    {
        // Soon at first: what this silo knows since its start may be news to the others.
        var pause = _options.PartitionRefreshInterval < HurriedPause ? _options.PartitionRefreshInterval : HurriedPause;
        var hurried = 0;
        while (true)
        {
            await _wake.WaitAsync(pause, _stopping.Token);
            try
            {
                if (!Ask(grown, faulted)) return;
                if (_announced != _known) await AnnounceAsync();
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                // Asked again after the pause.
                var code = (exception as KafkaException)?.Error.Code ?? KafkaErrorCode.Local_Application;
                if (_errorLog.Allows(0, code)) KafkaLog.PartitionsUnknown(_logger, _options.Topic, _known, exception);
            }
            var behind = _told > _known && hurried < MaxHurriedAsks;
            hurried = behind ? hurried + 1 : 0;
            if (!behind) _told = 0;
            pause = behind && HurriedPause < _options.PartitionRefreshInterval ? HurriedPause : _options.PartitionRefreshInterval;
        }
    }

    /// <summary>False when there is nothing left to watch.</summary>
    private bool Ask(Action<int> grown, Action<string?, bool> faulted)
    {
        int count;
        try
        {
            using var admin = new DependentAdminClientBuilder(_client).Build();
            count = _topic.Count(admin, _options.Topic, AnswerTimeout);
        }
        catch (KafkaException exception) when (exception.Error.Code == KafkaErrorCode.UnknownTopicOrPart)
        {
            count = 0;
        }
        if (count < _known) return IsMissing(count, faulted);
        if (_missingSince is not null)
        {
            _missingSince = null;
            faulted(null, false);
        }
        if (count == _known) return true;
        KafkaLog.PartitionsAdded(_logger, _options.Topic, count, _known);
        grown(count);
        Volatile.Write(ref _known, count);
        return true;
    }

    private bool IsMissing(int count, Action<string?, bool> faulted)
    {
        // Brokers that have just started may not know all of them yet, and a cluster may restart one broker after the other.
        var isCertain = _missingSince is { } since && Environment.TickCount64 - since >= _options.MissingPartitionsPatience.TotalMilliseconds;
        _missingSince ??= Environment.TickCount64;
        var what = count == 0 ? $"Topic {_options.Topic} is gone" : $"Topic {_options.Topic} has {count} partitions";
        var text = $"{what}, and had {_known} partitions. A topic does not shrink, so this is another one, whose offsets start over.";
        if (isCertain) text += $" Reading stands still. {KafkaLog.AnotherTopicAdvice}";
        faulted(text, isCertain);
        KafkaLog.PartitionsMissing(_logger, text);
        return !isCertain;
    }

    private async Task AnnounceAsync()
    {
        try
        {
            await _grains.GetGrain<IManagementGrain>(0).SendControlCommandToProvider<PersistentStreamProvider>(_name, TellCommand, _known);
            _announced = _known;
        }
        catch (Exception exception)
        {
            // A silo that is starting or leaving; the others have been told, and each of them asks by itself.
            KafkaLog.PartitionsNotAnnounced(_logger, _options.Topic, _known, exception);
        }
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }
}
