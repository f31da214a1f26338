using System.Buffers.Binary;
using System.Text;

namespace Analytics.Benchmarks.Gate;

/// <summary>
/// Fixed work that nothing of ours changes: what a machine does in its time is what a part is measured in. Half of it is arithmetic over bytes
/// in the cache, half makes objects and looks strings up, as the hot path does. Never change it: every stored ratio is to this.
/// </summary>
internal static class Reference
{
    private const int Items = 20_000;
    private static readonly byte[] Bytes = MakeBytes();
    private static readonly Dictionary<string, int> Names = Enumerable.Range(0, 4_096).ToDictionary(i => $"name-{i:D6}", i => i, StringComparer.Ordinal);

    /// <returns>Something that depends on all of the work, so that none of it can be left out.</returns>
    public static ulong Run() => Arithmetic() ^ Objects();

    private static ulong Arithmetic()
    {
        var hash = 0xCBF29CE484222325;
        for (var round = 0; round < Items / 256; round++)
        {
            for (var i = 0; i + 8 <= Bytes.Length; i += 8)
            {
                hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(Bytes.AsSpan(i))) * 0x100000001B3;
                hash ^= hash >> 29;
            }
        }

        return hash;
    }

    private static ulong Objects()
    {
        ulong sum = 0;
        Span<byte> name = stackalloc byte[11];
        "name-000000"u8.CopyTo(name);
        for (var i = 0; i < Items; i++)
        {
            var number = (int)((uint)i * 2654435761 % 4_096);
            for (var (digit, rest) = (10, number); digit > 6; digit--, rest /= 10)
            {
                name[digit] = (byte)('0' + (rest % 10));
            }

            var text = Encoding.UTF8.GetString(name);
            var kept = new long[] { i, number, text.Length, Names[text] };
            sum = (sum * 31) + (ulong)kept[3];
        }

        return sum;
    }

    private static byte[] MakeBytes()
    {
        var bytes = new byte[16 * 1024];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
