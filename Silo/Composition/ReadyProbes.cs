using Analytics.Silo.Configuration;
using Analytics.Storage;
using Confluent.Kafka;

namespace Analytics.Silo.Composition;

/// <summary>Waits for what the silo cannot start without; servers that start together with it get some time.</summary>
internal static partial class ReadyProbes
{
    /// <summary>How long a start waits for each server.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Repeats <paramref name="attempt"/> until it succeeds or patience is over.</summary>
    /// <exception cref="ServerAwayException">It did not succeed; names <paramref name="key"/> and the last reason.</exception>
    public static async Task WaitAsync(
        string key, string what, Func<Exception, bool> isWorthWaiting, Func<CancellationToken, Task> attempt, ILogger logger, CancellationToken cancellationToken)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                // Not all clients can be cancelled, and some take seconds for it; one that is left alone with its question ends with the process.
                await attempt(cancellationToken).WaitAsync(cancellationToken);
                return;
            }
            catch (Exception exception) when (isWorthWaiting(exception))
            {
                var reason = OneLine(exception.GetBaseException().Message);
                if (TimeProvider.System.GetElapsedTime(start) + Pause > Patience)
                {
                    throw new ServerAwayException(key, $"{what} does not answer: {reason}", exception);
                }

                Waiting(logger, what, reason, key);
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }

    /// <summary>Repeats <paramref name="attempt"/> at the store until it succeeds, patience is over, or the store refuses for good.</summary>
    /// <exception cref="SettingException">The store refuses for good; names the setting and the reason.</exception>
    /// <exception cref="ServerAwayException">It did not answer in time; names the setting and the reason.</exception>
    public static Task WaitForStoreAsync(StorageSettings storage, Func<CancellationToken, Task> attempt, ILogger logger, CancellationToken cancellationToken) =>
        WaitAsync(
            storage.AddressKey,
            "the store",
            e => e is StoreUnavailableException,
            async token =>
            {
                try
                {
                    await attempt(token);
                }
                catch (Exception exception) when (exception is not SettingException && StoreRefusal.Reason(exception, storage) is not null)
                {
                    throw new SettingException(storage.AddressKey, OneLine(StoreRefusal.Reason(exception, storage)!), exception);
                }
            },
            logger,
            cancellationToken);

    /// <summary>Asks a cluster for its brokers.</summary>
    /// <exception cref="KafkaException">None answers within <paramref name="timeout"/>.</exception>
    public static void AskKafka(string bootstrapServers, IReadOnlyDictionary<string, string> client, TimeSpan timeout)
    {
        var config = new AdminClientConfig(client.ToDictionary()) { BootstrapServers = bootstrapServers };
        using var admin = new AdminClientBuilder(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        admin.GetMetadata(timeout);
    }

    /// <summary>The text without line breaks.</summary>
    public static string OneLine(string text) => string.Join(' ', text.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    [LoggerMessage(8101, LogLevel.Warning, "Waiting for {What}: {Reason} ({Key})")]
    private static partial void Waiting(ILogger logger, string what, string reason, string key);
}
