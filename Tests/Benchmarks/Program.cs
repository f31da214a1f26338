using Analytics.Benchmarks;
using Analytics.Benchmarks.Gate;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

// The gate is what CI runs; anything else goes to BenchmarkDotNet, for example --filter '*Decode*'.
if (args is ["gate", .. var options])
{
    return await PerformanceGate.RunAsync(options);
}

// In this process: a project that BenchmarkDotNet generates would not be a friend of the assemblies under test.
var config = ManualConfig.Create(DefaultConfig.Instance)
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithIterationCount(15));
BenchmarkSwitcher.FromTypes([typeof(HotPathBenchmarks)]).Run(args.Length == 0 ? ["--filter", "*"] : args, config);
return 0;
