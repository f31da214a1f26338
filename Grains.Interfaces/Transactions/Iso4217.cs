using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Analytics.Transactions;

/// <summary>
/// Currency codes: ISO 4217 list one (active) and list three (withdrawn, as old transactions carry them), and the local codes outside the
/// standard that card data are known to carry (the Crown dependencies, Tuvalu, and spellings that producers are slow to give up).
/// </summary>
public static class Iso4217
{
    private const int CodeLength = 3;

    private const string Decimals0 =
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XAG XAU XBA XBB XBC XBD XDR XOF XPD XPF XPT XSU XTS XUA XXX"
        + " BYR ADP BEF ESP GRD ITL LUF MGF PTE TPE TRL ROL";

    private const string Decimals2 =
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU"
        + " CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IRR JMD KES"
        + " KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB"
        + " PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD"
        + " TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG ZWL"
        + " ATS AZM BGL CSD CYP DEM EEK FIM FRF GHC HRD IEP LTL LVL MRO MTL MZM NLG SDD SIT SKK SRG STD TMM USS VEB VEF XEU ZMK ZWD ZWR"
        + " GGP IMP JEP NIS SPL TVD";

    private const string Decimals3 = "BHD IQD JOD KWD LYD OMR TND";

    private const string Decimals4 = "CLF UYW";

    private static readonly FrozenDictionary<string, (string Code, int Exponent)> Known =
        Parse(Decimals0, 0).Concat(Parse(Decimals2, 2)).Concat(Parse(Decimals3, 3)).Concat(Parse(Decimals4, 4))
            .ToFrozenDictionary(c => c.Code, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, (string Code, int Exponent)>.AlternateLookup<ReadOnlySpan<char>> BySpan =
        Known.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether this is a known code; upper case only.</summary>
    public static bool IsKnown(string code) => Known.ContainsKey(code);

    /// <summary>Number of decimals of the currency's minor unit.</summary>
    /// <exception cref="KeyNotFoundException">The code is not known.</exception>
    public static int ExponentOf(string code) => Known[code].Exponent;

    /// <summary>The one instance of a known code, so that a million transactions do not hold a million copies of it.</summary>
    /// <exception cref="KeyNotFoundException">The code is not known.</exception>
    public static string Intern(string code) => Known[code].Code;

    /// <summary>The one instance of a known code that is given in ASCII.</summary>
    public static bool TryIntern(ReadOnlySpan<byte> code, [NotNullWhen(true)] out string? interned)
    {
        Span<char> text = stackalloc char[CodeLength];
        if (code.Length == CodeLength && Encoding.ASCII.GetChars(code, text) == CodeLength && BySpan.TryGetValue(text, out var known))
        {
            interned = known.Code;
            return true;
        }

        interned = null;
        return false;
    }

    private static IEnumerable<(string Code, int Exponent)> Parse(string codes, int exponent) =>
        codes.Split(' ').Select(code => (code, exponent));
}
