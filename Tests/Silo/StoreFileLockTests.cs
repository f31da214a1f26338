using Analytics.Silo.Composition;
using Analytics.Silo.Configuration;

namespace Analytics.Tests.Silo;

public sealed class StoreFileLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("analytics-lock-").FullName;

    [Fact]
    public void A_lock_that_cannot_be_written_is_a_wrong_setting()
    {
        // The tests may run as root, whom no permission stops; a folder in the place of the lock stops everybody.
        var path = Path.Combine(_folder, "store.db");
        Directory.CreateDirectory(path + ".lock");
        var problem = Assert.Throws<SettingException>(() => StoreFileLock.Take(path));
        Assert.StartsWith($"Storage:Path: '{path}' cannot be used: ", problem.Message, StringComparison.Ordinal);
        Assert.EndsWith(" Name a file in a folder that this process may write.", problem.Message, StringComparison.Ordinal);

        Directory.Delete(path + ".lock");
        StoreFileLock.Take(path).Dispose();
    }

    [Fact]
    public void A_lock_that_is_held_is_told_from_one_that_cannot_be_written()
    {
        var path = Path.Combine(_folder, "store.db");
        using var held = StoreFileLock.Take(path);
        var problem = Assert.Throws<SettingException>(() => StoreFileLock.Take(path));
        Assert.Contains("is in use by another silo", problem.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
