namespace Analytics.Silo.Traffic;

/// <summary>What synthetic traffic looks like.</summary>
/// <param name="Accounts">Number of accounts, at least 1.</param>
/// <param name="Merchants">Number of merchants, at least 1.</param>
/// <param name="Seed">The same seed makes the same transactions, but for times and, unless the run id is given, transaction ids.</param>
/// <param name="RunId">What transaction ids begin with, at most 32 characters; a new one per run unless given.</param>
internal sealed record GeneratorOptions(int Accounts, int Merchants, int Seed, string RunId)
{
    public const int MaxRunIdLength = 32;

    /// <summary>A run id that no other run has.</summary>
    public static string NewRunId() => Guid.NewGuid().ToString("N")[..16];
}
