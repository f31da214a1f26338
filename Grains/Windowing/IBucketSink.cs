using Analytics.Storage;

namespace Analytics.Windowing;

/// <summary>Takes the new absolute value of a changed bucket; the last value of a key wins.</summary>
internal interface IBucketSink
{
    /// <returns>A sequence that grows with each call: the value is durable once the sink has committed up to it.</returns>
    long Put(EntityKind kind, in BucketRow row);
}
