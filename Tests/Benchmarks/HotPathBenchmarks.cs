using BenchmarkDotNet.Attributes;

namespace Analytics.Benchmarks;

/// <summary>The parts of the hot path; figures are per transaction, those of the live read per read.</summary>
[MemoryDiagnoser]
public class HotPathBenchmarks
{
    private readonly Workload _workload = new();

    [Benchmark(OperationsPerInvoke = Workload.Count)]
    public int Decode() => _workload.Decode();

    [Benchmark(OperationsPerInvoke = Workload.Count)]
    public int Group() => _workload.Judge();

    /// <summary>With the renewal of its input, a quarter of it at most: windows ignore what they have seen.</summary>
    [Benchmark(OperationsPerInvoke = Workload.Count)]
    public int WindowUpdate()
    {
        _workload.PrepareApply();
        return _workload.Apply();
    }

    [Benchmark(OperationsPerInvoke = Workload.Count)]
    public int WriteBuffer() => _workload.Buffer();

    [Benchmark(OperationsPerInvoke = Workload.Count)]
    public Task<int> CopyRow() => _workload.CopyRowsAsync();

    [Benchmark]
    public int LiveReadJson() => _workload.LiveRead();
}
