namespace Analytics.Storage;

/// <summary>
/// The store could not do its work now: it is down, unreachable, full, read-only or too slow. Waiting and trying again is right;
/// a fault of the program (a wrong statement, a broken constraint) is never wrapped in this type, but for a bucket that was wrongly called
/// new.
/// </summary>
public sealed class StoreUnavailableException(string message, Exception innerException) : Exception(message, innerException);
