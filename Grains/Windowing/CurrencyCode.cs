using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using Analytics.Transactions;

namespace Analytics.Windowing;

/// <summary>An ISO 4217 alphabetic code as a number, in the same order: a bucket holds no references.</summary>
internal readonly record struct CurrencyCode : IComparable<CurrencyCode>
{
    private const int Length = 3;

    private readonly int _letters;

    /// <exception cref="ArgumentException">Not three ASCII characters.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public CurrencyCode(string code)
    {
        if (code.Length != Length || (code[0] | code[1] | code[2]) > sbyte.MaxValue)
        {
            Refuse(code);
        }

        _letters = (code[0] << 16) | (code[1] << 8) | code[2];
    }

    public int CompareTo(CurrencyCode other) => _letters.CompareTo(other._letters);

    /// <summary>The code; the one instance of a known one.</summary>
    public override string ToString()
    {
        ReadOnlySpan<byte> ascii = [(byte)(_letters >> 16), (byte)(_letters >> 8), (byte)_letters];
        return Iso4217.TryIntern(ascii, out var known) ? known : Encoding.ASCII.GetString(ascii);
    }

    [DoesNotReturn]
    private static void Refuse(string code) =>
        throw new ArgumentException($"'{code}' is no alphabetic currency code.", nameof(code));
}
