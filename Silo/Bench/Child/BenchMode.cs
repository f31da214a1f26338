using System.Globalization;
using Analytics.Silo.Configuration;

namespace Analytics.Silo.Bench.Child;

/// <summary>
/// How <c>serve</c> and <c>broker</c> behave as parts of a benchmark: they end with the process that started them, whose id is in
/// <c>Bench:Parent</c>, and <c>serve</c> may keep nothing (<c>Bench:Store=None</c>) and answers <c>/bench/state</c>. Internal: nobody else sets these.
/// </summary>
/// <param name="IsOn">Whether a benchmark started this process.</param>
/// <param name="KeepsNothing">Whether the store only pretends.</param>
internal sealed record BenchMode(bool IsOn, bool KeepsNothing)
{
    public const string ParentKey = "Bench:Parent";
    public const string StoreKey = "Bench:Store";
    public const string NoStore = "None";

    /// <exception cref="SettingException">The settings are not those that the verb <c>bench</c> gives to its own children.</exception>
    public static BenchMode Read(IConfiguration configuration)
    {
        var reader = new SettingReader(configuration);
        reader.RejectUnknown("Bench", "Parent", "Store");
        var parent = reader.Integer(ParentKey, 1, int.MaxValue);
        if (parent is not null && !IsMyParent(parent.Value))
        {
            throw new SettingException(ParentKey, "is internal to the verb bench; leave it out.");
        }

        return reader.Text(StoreKey) switch
        {
            null => new(parent is not null, false),
            NoStore when parent is not null => new(true, true),
            _ => throw new SettingException(StoreKey, "keeps nothing at all: only the verb bench may set it, with --compute-only."),
        };
    }

    /// <summary>Ends this process's work when its parent is gone, however that ended: the other end of standard input is then closed.</summary>
    public static void StopWithParent(Action stop) => new Thread(() =>
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
        }

        stop();
    })
    { IsBackground = true, Name = "parent" }.Start();

    private static bool IsMyParent(long parent)
    {
        const string Status = "/proc/self/status";
        if (!File.Exists(Status))
        {
            return true;
        }

        var line = File.ReadLines(Status).First(line => line.StartsWith("PPid:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(5), NumberStyles.Integer | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture) == parent;
    }
}
