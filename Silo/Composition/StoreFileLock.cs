using Analytics.Silo.Configuration;

namespace Analytics.Silo.Composition;

/// <summary>
/// One process at a time writes an SQLite store. Two would each read a log of their own, or the same one as two owners, and each would leave
/// windows behind that the other knows nothing of. The lock is the system's, on a file beside the store, and ends with its process.
/// </summary>
internal static class StoreFileLock
{
    // What flock answers, on Linux and on macOS, and a sharing violation on Windows: .NET has no exception of its own for them.
    private static readonly int[] InUse = [11, 35, unchecked((int)0x80070020)];

    /// <summary>Takes the lock until the result is disposed; null when there is no file to lock, because the folder cannot be written.</summary>
    /// <param name="path">Full path of SQLite's file.</param>
    /// <exception cref="SettingException">Another process holds it.</exception>
    public static IDisposable? Take(string path)
    {
        try
        {
            // As SQLite does for its own files beside it: a link to a store is the same store.
            var file = new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : path;
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            return new FileStream(file + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception) when (InUse.Contains(exception.HResult))
        {
            throw new SettingException("Storage:Path", $"'{path}' is in use by another silo; stop that one, or name another file.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The store meets the same, and says what it wanted to do.
            return null;
        }
    }
}
