using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Analytics.Tests.Integration;
using Analytics.Windowing;
using Confluent.Kafka;

namespace Analytics.Tests.Simulation.Processes;

/// <summary>The three invariants of DESIGN.md section 4, and the totals, once everything is calm.</summary>
internal sealed class FaultChecks(FaultRun run, FaultTally tally)
{
    private const int SampledAccounts = 200;
    private const int SampledMerchants = 50;

    private static readonly (string Name, int Minutes)[] Windows = [("1m", 1), ("5m", 5), ("1h", 60), ("24h", 1_440)];
    private static readonly TimeSpan OverviewDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AnswerDeadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan DeadLetterDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Records of which a trace is missing.</summary>
    public long Lost { get; private set; }

    /// <summary>Traces that no record accounts for, or a second one of the same record.</summary>
    public long Doubled { get; private set; }

    public long DeadLetters { get; private set; }

    /// <summary>Dead letters that were there before: publishing is at-least-once.</summary>
    public long DeadLettersRepeated { get; private set; }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        CheckAcknowledged();
        await CheckRowsAsync(cancellationToken);
        run.Write("raw rows compared");
        CheckDeadLetters();
        run.Write("dead letters compared");
        await CheckTotalsAsync(cancellationToken);
        run.Write("totals compared");
        foreach (var (kind, collection, count) in new[] { (EntityKind.Account, "accounts", SampledAccounts), (EntityKind.Merchant, "merchants", SampledMerchants) })
        {
            await CheckWindowsAsync(kind, collection, count, cancellationToken);
            run.Write($"live windows of {collection} compared");
        }

        await CheckReconciledAsync(cancellationToken);
        if (Lost + Doubled > 0)
        {
            tally.Violation($"{Lost} lost, {Doubled} doubled");
        }
    }

    // Of the run itself: what producers were told is in the log was seen there.
    private void CheckAcknowledged()
    {
        foreach (var (partition, offset) in run.Load.LastAcknowledged)
        {
            Assert.True(offset < run.Oracle.End(partition), $"Partition {partition}: offset {offset} was acknowledged and is not in the log.");
        }

        var seen = Enumerable.Range(0, run.Options.Partitions).Sum(run.Oracle.End);
        Assert.True(run.Load.Acknowledged <= seen, $"{run.Load.Acknowledged} acknowledged, {seen} in the log.");
    }

    private async Task CheckRowsAsync(CancellationToken cancellationToken)
    {
        var verdicts = Enumerable.Range(0, run.Options.Partitions).Select(run.Oracle.Verdicts).ToArray();
        var seen = verdicts.Select(p => new bool[p.Count]).ToArray();
        await foreach (var (partition, offset, transactionId, isLate) in run.Store.ReadRowsAsync(cancellationToken))
        {
            var isKnown = partition < verdicts.Length && offset >= 0 && offset < verdicts[partition].Count;
            if (!isKnown || seen[partition][offset]
                || verdicts[partition][(int)offset].Outcome != (isLate ? Outcome.Late : Outcome.Accepted)
                || verdicts[partition][(int)offset].Identity != LogOracle.IdentityOf(transactionId))
            {
                Doubled++;
                Tell($"row {partition}@{offset} {transactionId} late {isLate}: expected {(isKnown ? verdicts[partition][(int)offset].Outcome : "nothing")}");
                continue;
            }

            seen[partition][offset] = true;
        }

        for (var p = 0; p < verdicts.Length; p++)
        {
            for (var o = 0; o < verdicts[p].Count; o++)
            {
                if (!seen[p][o] && verdicts[p][o].Outcome is (Outcome.Accepted or Outcome.Late))
                {
                    Lost++;
                    Tell($"row {p}@{o} is missing: {verdicts[p][o].Outcome}");
                }
            }
        }
    }

    private void CheckDeadLetters()
    {
        var expected = Enumerable.Range(0, run.Options.Partitions)
            .SelectMany(p => run.Oracle.Verdicts(p).Select((v, o) => (Key: (p, (long)o), Verdict: v)))
            .Where(v => v.Verdict.Outcome == Outcome.Rejected)
            .ToDictionary(v => v.Key, v => v.Verdict);
        HashSet<(int, long)> found = [];
        using var consumer = Consumers.At(run.Broker.BootstrapServers, FaultRun.DeadLetterTopic, FaultRun.DeadLetterPartitions);
        var left = Enumerable.Range(0, FaultRun.DeadLetterPartitions)
            .Sum(p => consumer.QueryWatermarkOffsets(new(FaultRun.DeadLetterTopic, p), DeadLetterDeadline).High.Value);
        for (; left > 0; left--)
        {
            var letter = consumer.Consume(DeadLetterDeadline);
            Assert.True(letter is not null, $"{left} dead letters could not be read.");
            var key = (int.Parse(Header(letter, "dl-partition"), CultureInfo.InvariantCulture), long.Parse(Header(letter, "dl-offset"), CultureInfo.InvariantCulture));
            if (!expected.TryGetValue(key, out var verdict)
                || verdict.Reason != Header(letter, "dl-reason")
                || verdict.Identity != LogOracle.IdentityOf(letter.Message.Key, letter.Message.Value))
            {
                Doubled++;
                Tell($"dead letter {key}, {Header(letter, "dl-reason")}: expected {verdict.Reason ?? "none"}");
            }
            else if (!found.Add(key))
            {
                DeadLettersRepeated++;
            }
        }

        DeadLetters = found.Count;
        foreach (var key in expected.Keys.Except(found))
        {
            Lost++;
            Tell($"dead letter {key} is missing");
        }
    }

    private async Task CheckTotalsAsync(CancellationToken cancellationToken)
    {
        var oracle = run.Oracle;
        var expected = (Accepted: oracle.Count(Outcome.Accepted) + oracle.Count(Outcome.Late), Duplicates: oracle.Count(Outcome.Duplicate),
            Late: oracle.Count(Outcome.Late), DeadLettered: oracle.Count(Outcome.Rejected));
        var began = run.Clock.Elapsed;
        while (true)
        {
            // Partitions report twice a second.
            var overview = await run.Silos.TryGetAsync("/v1/overview", cancellationToken);
            var found = overview is null
                ? default
                : ((long)overview["accepted"]!, (long)overview["duplicates"]!, (long)overview["late"]!, (long)overview["deadLettered"]!);
            if (found == expected)
            {
                return;
            }

            if (run.Clock.Elapsed - began > OverviewDeadline)
            {
                tally.Violation($"the overview says {found}, the log {expected}");
                return;
            }

            await Task.Delay(100, cancellationToken);
        }
    }

    private async Task CheckWindowsAsync(EntityKind kind, string collection, int count, CancellationToken cancellationToken)
    {
        var ids = run.Oracle.Entities(kind).ToArray();
        new Random(run.Options.Seed).Shuffle(ids);
        var options = new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(ids.Take(count), options, async (id, cancel) =>
        {
            var path = $"/v1/{collection}/{Uri.EscapeDataString(id)}";
            var began = run.Clock.Elapsed;
            JsonNode? answer;
            while ((answer = await run.Silos.TryGetAsync(path, cancel)) is null && run.Clock.Elapsed - began < AnswerDeadline)
            {
                await Task.Delay(100, cancel);
            }

            if (answer is null)
            {
                tally.Violation($"{path} is not answered");
                return;
            }

            var asOf = DateTimeOffset.Parse((string)answer["asOf"]!, CultureInfo.InvariantCulture);
            foreach (var (name, minutes) in Windows)
            {
                var expected = run.Oracle.Window(kind, id, asOf, minutes);
                var found = answer["currencies"]!.AsArray()
                    .ToDictionary(c => (string)c!["currency"]!, c => LiveReader.Parse(c!["windows"]![name]!))
                    .Where(c => c.Value.Count > 0)
                    .ToDictionary();
                if (expected.Count != found.Count || expected.Any(e => !found.TryGetValue(e.Key, out var totals) || totals != e.Value))
                {
                    tally.Violation($"{path} {name} as of {asOf:O}: expected {Text(expected)}, found {Text(found)}");
                }
            }
        });
    }

    private async Task CheckReconciledAsync(CancellationToken cancellationToken)
    {
        var (exitCode, output) = await ServeProcess.RunAsync(cancellationToken, ["reconcile", .. run.Store.Settings]);
        run.Write($"reconcile: exit code {exitCode}, {output.ReplaceLineEndings(" ").Trim()}");
        if (exitCode != 0 || !output.Contains(" 0 in flight", StringComparison.Ordinal))
        {
            tally.Violation($"reconcile: exit code {exitCode}\n{output}");
        }
    }

    private void Tell(string difference)
    {
        // A thousand of a kind say no more than a few.
        if (Lost + Doubled <= 20)
        {
            tally.Violation(difference);
        }
    }

    private static string Text(IEnumerable<KeyValuePair<string, BucketTotals>> window) => string.Join("; ", window.OrderBy(w => w.Key).Select(w => $"{w.Key} {w.Value}"));

    private static string Header(ConsumeResult<byte[]?, byte[]?> letter, string name) => Encoding.UTF8.GetString(letter.Message.Headers.GetLastBytes(name));
}
