using System.Globalization;

namespace Analytics.Tests.PartitionLimit;

/// <summary>The number of partitions that a process gets to see, in a file for it to read at any time.</summary>
internal sealed class LimitFile(string path)
{
    /// <summary>The environment variable by which a process is told the file's path.</summary>
    public const string Variable = "ANALYTICS_TEST_PARTITION_LIMIT";

    public int Read() => int.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);

    /// <summary>Sets it at once: a reader sees the old number or the new one.</summary>
    public void Write(int partitions)
    {
        var next = path + ".new";
        File.WriteAllText(next, partitions.ToString(CultureInfo.InvariantCulture));
        File.Move(next, path, overwrite: true);
    }
}
