using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>Takes the new absolute value of a changed bucket; the last value of a key wins.</summary>
internal interface IBucketSink
{
    /// <param name="kind">Accounts or merchants.</param>
    /// <param name="bucket">The bucket; its value is copied.</param>
    /// <param name="memory">Where the bucket's positions are.</param>
    /// <param name="lastTransaction">
    /// A transaction of the bucket: the entity's last one, if it is in it. It tells whose bucket it is, and its currency.
    /// </param>
    /// <returns>A sequence that grows with each call: the value is durable once the sink has committed up to it.</returns>
    long Put(EntityKind kind, in Bucket bucket, EntityMemory memory, CardTransaction lastTransaction);
}
