using Analytics.Silo.Bench.Report;

namespace Analytics.Silo.Bench.Scenarios;

/// <summary>A scenario on a rig whose silo is not started yet.</summary>
internal interface IScenarioRun
{
    /// <summary>Starts the silo, runs, and fills in what it found; on return everything that was sent is applied.</summary>
    /// <exception cref="BenchException">It could not be carried out.</exception>
    Task<BenchReport> RunAsync(BenchReport report, CancellationToken cancellationToken);
}
