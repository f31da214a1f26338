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

    /// <summary>Takes the lock until the result is disposed.</summary>
    /// <param name="path">Full path of SQLite's file.</param>
    /// <exception cref="SettingException">Another process holds it, or the file beside the store cannot be written.</exception>
    public static IDisposable Take(string path)
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
            // SQLite needs files of its own there, too. Said here, it is said before a start waits for its servers, and nobody goes on unlocked
            // where only the lock is somebody else's.
            throw new SettingException(
                "Storage:Path", $"'{path}' cannot be used: {ReadyProbes.OneLine(exception.Message)} Name a file in a folder that this process may write.", exception);
        }
    }
}
