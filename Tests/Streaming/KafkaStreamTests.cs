using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Runtime;
using Orleans.Streaming.Kafka;
using Orleans.Streaming.Kafka.Embedded;
using Orleans.Streams;
using KafkaErrorCode = Confluent.Kafka.ErrorCode;

namespace Analytics.Tests.Streaming;

/// <summary>The provider in a silo over the embedded broker.</summary>
public sealed class KafkaStreamTests
{
    [Fact]
    public async Task Every_partition_arrives_whole_and_in_order()
    {
        const int partitions = 4, each = 5_000;
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, partitions));
        var recorder = new Recorder();
        for (var p = 0; p < partitions; p++) StreamSilo.Produce(broker, p, Numbers(0, each / 2));
        await using var silo = await StreamSilo.StartAsync(broker, recorder, options => options.MaxBatchRecords = 700);
        for (var p = 0; p < partitions; p++) StreamSilo.Produce(broker, p, Numbers(each / 2, each / 2));

        await recorder.Until(() => Enumerable.Range(0, partitions).All(p => recorder.Records(p).Length >= each), "all records");

        Assert.Equal(partitions, silo.Control.PartitionCount);
        for (var p = 0; p < partitions; p++)
        {
            Assert.Equal(Numbers(0, each).Select(value => "k=" + value), recorder.Records(p).Select(record => record.Value));
            AssertWithoutGaps(recorder, p, from: 0);
            Assert.All(recorder.Batches(p), batch => Assert.InRange(batch.Records.Length, 1, 700));
        }
        Assert.Empty(silo.Control.Faults);
    }

    [Fact]
    public async Task Reading_starts_at_the_applications_position()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        StreamSilo.Produce(broker, 0, Numbers(0, 100));
        var recorder = new Recorder { StartToken = _ => new KafkaSequenceToken(7, 40) };
        await using var silo = await StreamSilo.StartAsync(
            broker, recorder, options => options.CommitMode = KafkaCommitMode.Explicit, Positions(new(7, 40)));

        await recorder.Until(() => recorder.Records(0).Length >= 60, "the last 60 records");

        AssertWithoutGaps(recorder, 0, from: 40);
        Assert.Equal(7, silo.Control.Epoch);
        Assert.Equal(100, silo.Control.GetLogEndOffset(0));
    }

    [Fact]
    public async Task An_activation_may_start_before_what_was_read_and_gets_everything_from_there()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        StreamSilo.Produce(broker, 0, Numbers(0, 100));
        // In the middle of a batch, and before the place where the silo began to read.
        var recorder = new Recorder { StartToken = _ => new KafkaSequenceToken(7, 15) };
        await using var silo = await StreamSilo.StartAsync(broker, recorder, options => options.MaxBatchRecords = 10, Positions(new(7, 40)));

        await recorder.Until(() => recorder.Records(0).Length >= 85, "the last 85 records");

        AssertWithoutGaps(recorder, 0, from: 15);
    }

    [Fact]
    public async Task An_activation_that_was_replaced_resumes_from_its_own_token_without_a_gap()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        var done = 0L;
        var recorder = new Recorder();
        recorder.StartToken = _ => new KafkaSequenceToken(0, done);
        recorder.Handle = batch =>
        {
            // As a grain with durable positions does: what it remembers lags behind what it was given.
            Volatile.Write(ref done, Math.Max(0, batch.ContinuesFromOffset - 25));
            return Task.CompletedTask;
        };
        await using var silo = await StreamSilo.StartAsync(broker, recorder, options => options.MaxBatchRecords = 10);
        for (var round = 0; round < 5; round++)
        {
            var before = recorder.Batches(0).Length;
            var resumesAt = Volatile.Read(ref done);
            if (round > 0) await silo.Grains.GetGrain<IRecorderGrain>("0").Deactivate();
            StreamSilo.Produce(broker, 0, Numbers(round * 60, 60));
            await recorder.Until(() => recorder.Offsets(0).LastOrDefault() == round * 60 + 59, $"the last record of round {round}");

            var batches = recorder.Batches(0)[before..];
            Assert.True(batches[0].ContinuesFromOffset <= resumesAt || round == 0, "must begin at the activation's own token");
            for (var i = 1; i < batches.Length; i++) Assert.True(batches[i].ContinuesFromOffset <= batches[i - 1].LastOffset + 1, "a gap");
        }
    }

    [Fact]
    public async Task A_slow_subscriber_pauses_its_partition_and_nothing_else()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 2));
        StreamSilo.Produce(broker, 0, Numbers(0, 20_000));
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var recorder = new Recorder { Handle = batch => batch.Partition == 0 ? release.Task : Task.CompletedTask };
        using var gauges = new Gauges();
        await using var silo = await StreamSilo.StartAsync(broker, recorder, options =>
        {
            options.MaxBatchRecords = 100;
            options.MaxBufferedRecords = 1_000;
            options.MaxCachedBatches = 3;
        });
        await Eventually(() => gauges.Read("kafka.consumer.paused", 0) == 1, "partition 0 pauses");
        StreamSilo.Produce(broker, 1, Numbers(0, 5_000));
        await recorder.Until(() => recorder.Records(1).Length == 5_000, "partition 1 goes on");
        Assert.InRange(gauges.Read("kafka.buffered.records", 0), 1, 1_000);

        release.SetResult();
        await recorder.Until(() => recorder.Records(0).Length == 20_000, "partition 0 resumes");

        AssertWithoutGaps(recorder, 0, from: 0);
        AssertWithoutGaps(recorder, 1, from: 0);
    }

    [Fact]
    public async Task What_cannot_be_decoded_arrives_with_its_bytes_and_so_do_its_neighbours()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        byte[] garbage = [0xFF, 0x00, 0x01, 0xFE];
        StreamSilo.Produce(broker, 0, [("a"u8.ToArray(), "1"u8.ToArray()), ([0x00, 0xFF], garbage), (null, garbage), (null, "2"u8.ToArray()),
            ("b"u8.ToArray(), null), ([], [])]);
        var recorder = new Recorder();
        await using var silo = await StreamSilo.StartAsync(broker, recorder);

        await recorder.Until(() => recorder.Records(0).Length == 6, "six records");

        var records = recorder.Records(0);
        Assert.Equal(["a=1", null, null, "~=2", "b=~", "="], records.Select(record => record.Value));
        Assert.Equal([0x00, 0xFF], records[1].Undecodable!.Key);
        Assert.Equal(garbage, records[1].Undecodable!.Value);
        Assert.Equal("begins with 0xFF", records[1].Undecodable!.Reason);
        Assert.Null(records[2].Undecodable!.Key);
        Assert.Equal(garbage, records[2].Undecodable!.Value);
        Assert.All(records, record => Assert.True(record.TimestampMs > 1_600_000_000_000));
    }

    [Fact]
    public async Task A_delivery_that_fails_beyond_the_agents_patience_is_repeated_and_never_skipped()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        StreamSilo.Produce(broker, 0, Numbers(0, 50));
        var failsUntil = 0L;
        var failures = 0;
        var recorder = new Recorder();
        recorder.Handle = batch =>
        {
            if (batch.Records.All(record => record.Offset != 20)) return Task.CompletedTask;
            if (failures++ == 0) failsUntil = Environment.TickCount64 + 1_000;
            if (Environment.TickCount64 > failsUntil) return Task.CompletedTask;
            throw new InvalidOperationException("not now");
        };
        await using var silo = await StreamSilo.StartAsync(broker, recorder, options => options.MaxBatchRecords = 10, builder =>
            builder.Services.AddOptions<StreamPullingAgentOptions>(StreamSilo.Provider)
                .Configure(options => options.MaxEventDeliveryTime = TimeSpan.FromMilliseconds(200)));

        await recorder.Until(() => recorder.Records(0).Length >= 50, "all records");

        Assert.True(failures > 1);
        AssertWithoutGaps(recorder, 0, from: 0);
    }

    [Fact]
    public async Task Errors_and_a_restart_of_the_broker_are_survived()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 2));
        var recorder = new Recorder();
        await using var silo = await StreamSilo.StartAsync(broker, recorder);
        StreamSilo.Produce(broker, 0, Numbers(0, 100));
        await recorder.Until(() => recorder.Records(0).Length == 100, "the first records");

        broker.FailRequests(KafkaRequest.Fetch, KafkaErrorCode.NotLeaderForPartition, 3);
        broker.FailRequests(KafkaRequest.Fetch, KafkaErrorCode.Local_Transport, 2);
        StreamSilo.Produce(broker, 0, Numbers(100, 100));
        await recorder.Until(() => recorder.Records(0).Length == 200, "records after errors");

        broker.TakeDown();
        broker.BringUp();
        StreamSilo.Produce(broker, 0, Numbers(200, 100));
        await recorder.Until(() => recorder.Records(0).Length == 300, "records after a restart");

        AssertWithoutGaps(recorder, 0, from: 0);
    }

    [Fact]
    public async Task While_no_broker_answers_that_is_a_fault_and_afterwards_it_is_gone()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        var recorder = new Recorder();
        await using var silo = await StreamSilo.StartAsync(broker, recorder);
        StreamSilo.Produce(broker, 0, Numbers(0, 10));
        await recorder.Until(() => recorder.Records(0).Length == 10, "the first records");
        Assert.Empty(silo.Control.Faults);

        broker.TakeDown();
        await Eventually(() => silo.Control.Faults.Any(fault => fault.StartsWith("No broker answers", StringComparison.Ordinal)), "the fault");

        broker.BringUp();
        await Eventually(() => silo.Control.Faults.Count == 0, "the fault is taken back");
        StreamSilo.Produce(broker, 0, Numbers(10, 10));
        await recorder.Until(() => recorder.Records(0).Length == 20, "records after the outage");
    }

    [Theory]
    [InlineData(10)]
    [InlineData(500)]
    public async Task An_offset_outside_the_log_is_a_loud_fault_and_no_reset(long start)
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 2));
        StreamSilo.Produce(broker, 0, Numbers(0, 50));
        StreamSilo.Produce(broker, 0, Numbers(50, 50));
        StreamSilo.Produce(broker, 1, Numbers(0, 10));
        broker.DeleteRecords(StreamSilo.Topic, 0, beforeOffset: 50);
        var recorder = new Recorder();
        await using var silo = await StreamSilo.StartAsync(broker, recorder, more: Positions(new(0, null) { [0] = start }));

        await recorder.Until(() => recorder.Records(1).Length == 10, "the other partition goes on");
        await Eventually(() => silo.Control.Faults.Count > 0, "a fault");

        var fault = Assert.Single(silo.Control.Faults);
        Assert.Contains($"records/0 stands still: offset {start} is outside the log (50 to 100)", fault, StringComparison.Ordinal);
        Assert.Empty(recorder.Records(0));
    }

    [Fact]
    public async Task An_explicit_commit_lands_in_the_group()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        StreamSilo.Produce(broker, 0, Numbers(0, 100));
        var recorder = new Recorder();
        await using var silo = await StreamSilo.StartAsync(broker, recorder, options => options.CommitMode = KafkaCommitMode.Explicit);
        await recorder.Until(() => recorder.Records(0).Length == 100, "all records");
        Assert.Null(Committed(broker));

        silo.Control.Commit(0, 60);
        silo.Control.Commit(0, 42);
        await Eventually(() => Committed(broker) == 60, "the commit of 60");
    }

    [Fact]
    public async Task Delivered_records_are_committed_and_the_next_start_goes_on_behind_them()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        StreamSilo.Produce(broker, 0, Numbers(0, 100));
        var recorder = new Recorder();
        await using (await StreamSilo.StartAsync(broker, recorder))
            await recorder.Until(() => recorder.Records(0).Length == 100, "all records");
        Assert.Equal(100, Committed(broker));

        StreamSilo.Produce(broker, 0, Numbers(100, 10));
        await using var second = await StreamSilo.StartAsync(broker, recorder);
        await recorder.Until(() => recorder.Records(0).Length >= 110, "the new records");

        AssertWithoutGaps(recorder, 0, from: 0);
    }

    [Fact]
    public async Task Two_silos_share_the_partitions_and_a_killed_ones_move()
    {
        const int partitions = 4;
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, partitions));
        var recorder = new Recorder();
        await using var first = await StreamSilo.StartAsync(broker, recorder);
        await using var second = await StreamSilo.StartAsync(broker, recorder, primary: first);
        var rounds = 0;
        StreamSilo[] both = [first, second];

        await SendUntil(() => both.All(silo => Owned(silo) == partitions / 2), "both silos have two partitions each");
        await second.KillAsync();
        await SendUntil(() => Owned(first) == partitions, "the survivor has them all");

        await recorder.Until(() => Enumerable.Range(0, partitions).All(p => recorder.Offsets(p).Contains(rounds - 1)), "everything sent");
        for (var p = 0; p < partitions; p++) Assert.Equal(rounds, recorder.Offsets(p).Distinct().Count());

        static int Owned(StreamSilo silo) => Enumerable.Range(0, partitions).Count(p => silo.Control.GetLogEndOffset(p) is not null);

        async Task SendUntil(Func<bool> condition, string what) => await Eventually(
            () =>
            {
                for (var p = 0; p < partitions; p++) StreamSilo.Produce(broker, p, [$"{rounds}"]);
                rounds++;
                return condition();
            },
            what);
    }

    [Fact]
    public async Task What_is_produced_through_a_stream_comes_back_on_it_and_what_cannot_be_is_refused()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 2));
        var recorder = new Recorder();
        await using var silo = await StreamSilo.StartAsync(broker, recorder);
        var streams = silo.Services.GetRequiredKeyedService<IStreamProvider>(StreamSilo.Provider);

        await streams.GetStream<byte[]>(StreamId.Create(StreamSilo.Namespace, "1")).OnNextAsync("x"u8.ToArray());
        await silo.Publisher.PublishAsync(StreamSilo.Topic, "key"u8.ToArray(), "y"u8.ToArray(), null, CancellationToken.None);
        await recorder.Until(() => recorder.Records(0).Length + recorder.Records(1).Length == 2, "both records");
        Assert.Equal("~=x", recorder.Records(1)[0].Value);

        var refused = await Assert.ThrowsAsync<NotSupportedException>(
            () => streams.GetStream<string>(StreamId.Create(StreamSilo.Namespace, "0")).OnNextAsync("x"));
        Assert.Contains(nameof(IKafkaPublisher), refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentException>(
            () => streams.GetStream<byte[]>(StreamId.Create(StreamSilo.Namespace, "2")).OnNextAsync([]));
    }

    [Fact]
    public async Task A_record_that_is_not_acknowledged_is_a_typed_failure()
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        var recorder = new Recorder();
        await using var silo = await StreamSilo.StartAsync(
            broker, recorder, options =>
            {
                options.Client["message.timeout.ms"] = "1000";
                options.Client["reconnect.backoff.max.ms"] = "50";
            });
        broker.TakeDown();
        var failure = await Assert.ThrowsAsync<KafkaPublishException>(
            () => silo.Publisher.PublishAsync(StreamSilo.Topic, null, "x"u8.ToArray(), null, CancellationToken.None));
        Assert.Contains(nameof(KafkaStreamOptions.BootstrapServers), failure.Message, StringComparison.Ordinal);
        broker.BringUp();
        var again = Task.CompletedTask;
        await Eventually(
            () =>
            {
                if (again.IsFaulted || recorder.Records(0).Length == 0 && again.IsCompletedSuccessfully)
                    again = silo.Publisher.PublishAsync(StreamSilo.Topic, null, "y"u8.ToArray(), null, CancellationToken.None);
                return again.IsCompletedSuccessfully && recorder.Records(0).Any(record => record.Value == "~=y");
            },
            "the publisher works again");
    }

    [Theory]
    [InlineData("Topic", "is empty")]
    [InlineData("MaxBatchRecords", "must be 1 to 100000")]
    [InlineData("group.id", "ConsumerGroup instead")]
    public async Task A_wrong_option_stops_the_start_by_its_name(string option, string what)
    {
        await using var broker = new EmbeddedKafkaBroker((StreamSilo.Topic, 1));
        var failure = await Assert.ThrowsAsync<OrleansConfigurationException>(() => StreamSilo.StartAsync(broker, new Recorder(), options =>
        {
            if (option == "Topic") options.Topic = "";
            else if (option == "MaxBatchRecords") options.MaxBatchRecords = 0;
            else options.Client[option] = "x";
        }));
        Assert.Contains(option, failure.Message, StringComparison.Ordinal);
        Assert.Contains(what, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_does_not_answer_stops_the_start_with_the_setting()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            var broker = new EmbeddedKafkaBroker();
            await broker.DisposeAsync();
            await StreamSilo.StartAsync(broker, new Recorder(), options => options.MetadataTimeout = TimeSpan.FromMilliseconds(500));
        });
        Assert.Contains(nameof(KafkaStreamOptions.BootstrapServers), failure.ToString(), StringComparison.Ordinal);
    }

    private static Action<ISiloBuilder> Positions(TestPositions positions) =>
        builder => builder.Services.AddKeyedSingleton<IKafkaStartPositions>(StreamSilo.Provider, positions);

    private static long? Committed(EmbeddedKafkaBroker broker)
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(
            new ConsumerConfig { BootstrapServers = broker.BootstrapServers, GroupId = "tests" }).Build();
        var offset = consumer.Committed([new TopicPartition(StreamSilo.Topic, 0)], TimeSpan.FromSeconds(5)).Single().Offset;
        return offset.IsSpecial ? null : offset.Value;
    }

    private static async Task Eventually(Func<bool> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(9));
        while (!condition())
        {
            try
            {
                await timer.WaitForNextTickAsync(deadline.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"Not in time: {what}");
            }
        }
    }

    private static IEnumerable<string> Numbers(int from, int count) => Enumerable.Range(from, count).Select(n => $"{n}");

    private static void AssertWithoutGaps(Recorder recorder, int partition, long from)
    {
        var next = from;
        foreach (var batch in recorder.Batches(partition))
        {
            Assert.Equal(next, batch.ContinuesFromOffset);
            foreach (var record in batch.Records) Assert.Equal(next++, record.Offset);
        }
    }
}
