using Orleans.Services;

namespace Analytics.Persistence;

/// <summary>Lets a partition on one silo wait for the write buffer of another.</summary>
public interface IWriteBufferService : IGrainService
{
    /// <summary>Completes when everything that the silo's buffer held at the call is durable.</summary>
    Task FlushAsync();
}
