namespace Analytics.Hosting;

/// <summary>Names that tie the grains to the stream provider.</summary>
public static class AnalyticsStreams
{
    /// <summary>The stream provider, and the key of its services.</summary>
    public const string Provider = "kafka";

    /// <summary>Stream namespace of transactions, whatever the topic's name; the stream's key is the partition in decimal.</summary>
    public const string TransactionsNamespace = "transactions";
}
