using Orleans.Runtime;
using Orleans.Streaming.Kafka;
using Orleans.Streams;

namespace Analytics.Tests.Streaming;

/// <summary>The cache and its cursors alone, driven as Orleans' agent drives them.</summary>
public sealed class QueueCacheTests
{
    private static readonly StreamId Stream = StreamId.Create("s", "0");

    [Fact]
    public void A_streams_first_batch_is_delivered_whole_to_a_subscriber_without_a_token()
    {
        var log = new Log(100);
        var batch = log.Read(10);
        using var pin = log.Cursor(batch.SequenceToken);
        using var cursor = log.Cursor(batch.SequenceToken);

        Assert.True(cursor.MoveNext());
        Assert.Equal(10, Current(cursor).Batch.Records.Length);
    }

    [Fact]
    public void A_streams_first_batch_survives_another_subscribers_seek()
    {
        var log = new Log(100, start: 50);
        var batch = log.Read(10);
        using var pin = log.Cursor(batch.SequenceToken);
        using var rewound = log.Cursor(new KafkaSequenceToken(0, 5));
        using var cursor = log.Cursor(batch.SequenceToken);
        log.ReadAll(7);

        Assert.True(cursor.MoveNext());
        Assert.Equal(50, Current(cursor).Batch.Records[0].Offset);
    }

    [Fact]
    public void A_start_token_inside_a_batch_cuts_it_and_only_the_marker_is_stepped_over()
    {
        var log = new Log(100);
        log.Read(10);
        using var cursor = log.Cursor(new KafkaSequenceToken(0, 4));

        Assert.True(cursor.MoveNext());
        Assert.IsType<StartMarkerContainer>(cursor.GetCurrent(out _));
        Assert.True(cursor.MoveNext());
        Assert.Equal([4, 5, 6, 7, 8, 9], Current(cursor).Batch.Records.Select(record => record.Offset));
        Assert.Equal(4, Current(cursor).Batch.ContinuesFromOffset);
    }

    [Fact]
    public void A_finished_batch_is_stepped_over_and_the_next_one_delivered()
    {
        var log = new Log(100);
        var first = log.Read(10);
        log.Read(10);
        using var cursor = log.Resume(first.SequenceToken, out var pending);

        Assert.Null(pending);
        Assert.True(cursor.MoveNext());
        Assert.Equal(10, Current(cursor).Batch.Records[0].Offset);
    }

    [Fact]
    public void A_token_of_another_epoch_gets_everything_of_this_one()
    {
        var log = new Log(100, start: 20);
        log.Read(10);
        foreach (var token in (StreamSequenceToken[])[new KafkaSequenceToken(9, 70), KafkaSequenceToken.After(9, 70)])
        {
            using var cursor = log.Resume(token, out _);
            Assert.True(cursor.MoveNext());
            Assert.Equal(20, Current(cursor).Batch.Records[0].Offset);
        }
    }

    [Fact]
    public void A_failed_batch_is_shown_again_as_often_as_it_fails()
    {
        var log = new Log(100);
        log.Read(10);
        log.Read(10);
        using var cursor = log.Cursor(null);
        Assert.True(cursor.MoveNext());
        for (var i = 0; i < 3; i++)
        {
            cursor.RecordDeliveryFailure();
            Assert.True(cursor.MoveNext());
            Assert.Equal(0, Current(cursor).Batch.Records[0].Offset);
            Assert.False(log.Cache.TryPurgeFromCache(out _));
        }
        Assert.True(cursor.MoveNext());
        Assert.Equal(10, Current(cursor).Batch.Records[0].Offset);
        Assert.True(log.Cache.TryPurgeFromCache(out var purged));
        Assert.Single(purged);
    }

    [Fact]
    public void Without_a_subscriber_nothing_leaves_and_the_oldest_batch_is_offered_again()
    {
        var log = new Log(100);
        var batch = log.Read(10);
        log.Cursor(batch.SequenceToken).Dispose();

        Assert.False(log.Cache.TryPurgeFromCache(out _));
        Assert.Same(batch, log.Cache.Unclaimed);
        log.Cache.AddToCache([batch]);
        using var cursor = log.Cursor(batch.SequenceToken);
        Assert.True(cursor.MoveNext());
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void Room_is_told_when_the_slowest_subscriber_moves_on()
    {
        var log = new Log(100);
        using var cursor = log.Cursor(null);
        for (var i = 0; i < Log.MaxBatches; i++) log.Read(10);
        var room = log.Cache.WhenRoom();
        Assert.True(cursor.MoveNext());
        Assert.False(room.IsCompleted);
        Assert.True(cursor.MoveNext());
        Assert.True(room.IsCompleted);
    }

    [Fact]
    public void What_was_delivered_is_delivered_again_on_request_and_what_is_yet_to_come_is_not()
    {
        var log = new Log(30, start: 10);
        log.ReadAll(10);
        using var cursor = log.Cursor(null);
        Assert.True(cursor.MoveNext());
        Assert.True(cursor.MoveNext());

        // Of the two batches only the first one counts as delivered: the agent has not asked for more.
        log.Cache.DeliverFrom(20);
        Assert.Equal(20, Current(cursor).Batch.Records[0].Offset);
        Assert.False(cursor.MoveNext());
        log.Cache.DeliverFrom(0);
        Assert.False(cursor.MoveNext());
        log.ReadAll(15);
        Assert.True(cursor.MoveNext());
        Assert.Equal(10, Current(cursor).Batch.ContinuesFromOffset);
        Assert.True(cursor.MoveNext());
        Assert.Equal(25, Current(cursor).Batch.ContinuesFromOffset);
        Assert.False(cursor.MoveNext());
    }

    /// <summary>What waits for the agent was right when it was asked for, and the subscriber has had more since.</summary>
    [Fact]
    public void A_request_for_what_is_yet_to_be_delivered_is_none_later_either()
    {
        var buffer = new PartitionBuffer<string>(0, 0, 100);
        buffer.Start(0, isLogStart: false);
        buffer.DeliveredBefore = 10;
        buffer.RequestRedelivery(10);
        buffer.DeliveredBefore = 30;
        Assert.Null(buffer.TakeRedelivery());

        buffer.RequestRedelivery(20);
        buffer.RequestRedelivery(10);
        buffer.RequestRedelivery(25);
        Assert.Equal(10, buffer.TakeRedelivery());
        Assert.Null(buffer.TakeRedelivery());
    }

    /// <summary>
    /// Subscribers come, go, fail, ask for what they had, resume from a token of their own or from a finished batch, in any order: each gets every record of the
    /// log from its place on, once, in order.
    /// </summary>
    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    [InlineData(20_261_123)]
    public void Every_subscriber_gets_every_record_from_its_place_on(int? fixedSeed)
    {
        var seed = fixedSeed ?? Environment.TickCount;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {seed}");
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var log = new Log(random.Next(50, 400), start: random.Next(40), holes: random);
            List<Subscriber> subscribers = [new(log, null)];
            for (var step = 0; step < 400; step++)
            {
                var subscriber = subscribers[random.Next(subscribers.Count)];
                switch (random.Next(11))
                {
                    case 10:
                        var offset = Math.Max(log.StartOffset, random.Next((int)log.End));
                        var isDelivered = subscribers.All(each => each.DeliveredBefore > offset);
                        log.Cache.DeliverFrom(offset);
                        if (isDelivered) subscribers.ForEach(each => each.Rewind(offset));
                        break;
                    case 0 when subscribers.Count < 3:
                        subscribers.Add(new(log, new KafkaSequenceToken(0, random.Next((int)log.End))));
                        break;
                    case 1:
                        subscriber.Restart(random);
                        break;
                    case 2:
                        subscriber.Fail();
                        break;
                    case 3 or 4:
                        log.Cache.TryPurgeFromCache(out _);
                        if (log.Cache.HasRoom) log.TryRead(random.Next(1, 30));
                        break;
                    default:
                        subscriber.Step();
                        break;
                }
            }
            for (var i = 0; i < 2_000 && subscribers.Any(subscriber => !subscriber.IsAtEnd); i++)
            {
                log.Cache.TryPurgeFromCache(out _);
                if (log.Cache.HasRoom) log.TryRead(25);
                foreach (var subscriber in subscribers) subscriber.Step();
            }
            Assert.All(subscribers, subscriber => Assert.True(subscriber.IsAtEnd, $"seed {seed}, round {round}: stuck"));
        }
    }

    private static KafkaBatchContainer<string> Current(KafkaCacheCursor<string> cursor) => (KafkaBatchContainer<string>)cursor.GetCurrent(out _)!;

    /// <summary>A partition that is read synchronously, with a cache over it.</summary>
    private sealed class Log : IBatchSource
    {
        public const int MaxBatches = 4;
        private readonly long[] _offsets;

        public Log(int records, long start = 0, Random? holes = null)
        {
            _offsets = [.. Enumerable.Range(0, records).Select(n => (long)n).Where(_ => holes is null || holes.Next(10) > 0)];
            StartOffset = NextOffset = start;
            Cache = new(this, MaxBatches);
        }

        public KafkaQueueCache<string> Cache { get; }

        public long Epoch => 0;

        public long NextOffset { get; private set; }

        public long StartOffset { get; }

        public long End => _offsets[^1] + 1;

        public long DeliveredBefore { private get; set; }

        public void Seek(long offset) => NextOffset = offset;

        public long[] From(long offset) => [.. _offsets.Where(each => each >= offset)];

        public KafkaBatchContainer<string> Read(int count) => TryRead(count)!;

        public KafkaBatchContainer<string>? TryRead(int count)
        {
            KafkaRecord<string>[] records = [.. From(NextOffset).Take(count).Select(o => new KafkaRecord<string>(o, 0, $"{o}", null))];
            if (records.Length == 0) return null;
            var container = new KafkaBatchContainer<string>(Stream, new(0, 0, NextOffset, records));
            NextOffset = container.Batch.LastOffset + 1;
            Cache.AddToCache([container]);
            return container;
        }

        public void ReadAll(int count)
        {
            while (TryRead(count) is not null)
            {
            }
        }

        public KafkaCacheCursor<string> Cursor(StreamSequenceToken? token) => (KafkaCacheCursor<string>)Cache.GetCacheCursor(Stream, token);

        /// <summary>As the agent does for a handshake: what is older than the token or equal to it counts as processed.</summary>
        public KafkaCacheCursor<string> Resume(StreamSequenceToken token, out IBatchContainer? pending)
        {
            var cursor = Cursor(token);
            pending = null;
            while (cursor.MoveNext())
            {
                var compared = cursor.GetCurrent(out _)!.SequenceToken.CompareTo(token);
                if (compared < 0) continue;
                if (compared > 0) pending = cursor.GetCurrent(out _);
                break;
            }
            return cursor;
        }
    }

    /// <summary>A subscriber and the agent's loop for it.</summary>
    private sealed class Subscriber
    {
        private readonly Log _log;
        private KafkaCacheCursor<string> _cursor;
        private IBatchContainer? _pending;
        private StreamSequenceToken? _finished;
        private long _expected;

        public Subscriber(Log log, KafkaSequenceToken? token)
        {
            _log = log;
            _expected = token?.SequenceNumber ?? log.StartOffset;
            _cursor = token is null ? log.Cursor(null) : log.Resume(token, out _pending);
        }

        public long DeliveredBefore => _cursor.DeliveredBefore;

        public bool IsAtEnd => _log.From(_expected).Length == 0;

        public void Step()
        {
            if (Next() is not { } container) return;
            long[] offsets = [.. container.Batch.Records.Select(record => record.Offset)];
            Assert.Equal(_log.From(_expected).Take(offsets.Length), offsets);
            Assert.InRange(container.Batch.ContinuesFromOffset, 0, _expected);
            _expected = container.Batch.LastOffset + 1;
            _finished = container.SequenceToken;
        }

        /// <summary>A delivery fails: the agent gives it up and goes on.</summary>
        public void Fail()
        {
            if (Next() is not null) _cursor.RecordDeliveryFailure();
        }

        /// <summary>Another activation asks for what this one had; what the agent holds for it is refused there.</summary>
        public void Rewind(long offset)
        {
            _expected = offset;
            _pending = null;
            _finished = null;
        }

        /// <summary>The activation or its agent is replaced: from its own durable place, or from the batch finished last.</summary>
        public void Restart(Random random)
        {
            var old = _cursor;
            if (_finished is not null && random.Next(2) == 0)
            {
                _cursor = _log.Resume(_finished, out _pending);
            }
            else
            {
                _expected = Math.Max(0, _expected - random.Next(60));
                _cursor = _log.Resume(new KafkaSequenceToken(0, _expected), out _pending);
                _finished = null;
            }
            old.Dispose();
        }

        private KafkaBatchContainer<string>? Next()
        {
            var container = _pending;
            _pending = null;
            if (container is null && _cursor.MoveNext()) container = _cursor.GetCurrent(out _);
            return container as KafkaBatchContainer<string>;
        }
    }
}
