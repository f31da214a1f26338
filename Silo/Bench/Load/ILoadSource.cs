namespace Analytics.Silo.Bench.Load;

/// <summary>What is sent.</summary>
internal interface ILoadSource
{
    /// <summary>Sends the next record with its intended time, milliseconds since the Unix epoch. For one thread at a time.</summary>
    void SendNext(LoadClient client, long intendedMs);

    /// <summary>An account as often as it is in the traffic.</summary>
    string AnyAccount(Random random);
}
