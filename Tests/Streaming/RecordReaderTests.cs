using System.Text;
using Confluent.Kafka;
using Orleans.Streaming.Kafka;

namespace Analytics.Tests.Streaming;

public sealed class RecordReaderTests
{
    private readonly RecordReader<string> _reader = new(new Decoder());

    [Theory]
    [InlineData("k", "v", 5, "k v 5")]
    [InlineData(null, "v", -1, "~ v -1")]
    [InlineData("k", null, 0, "k ~ 0")]
    [InlineData("", "", 1, "  1")]
    public void A_record_is_decoded_with_its_timestamp(string? key, string? value, long timestampMs, string expected)
    {
        // What was noted of the record before must not show.
        Note("another key", "another value");
        Note(key, value);

        Assert.Equal(expected, _reader.Decode(timestampMs).Value);
    }

    [Fact]
    public void A_record_of_any_size_is_read_whole_and_so_is_the_next()
    {
        foreach (var length in new[] { 10, 5_000, 3_000_000, 10, 2_000_000 })
        {
            var (key, value) = (new string('k', length / 10), new string('v', length));
            Note(key, value);
            Assert.Equal($"{key} {value} 1", _reader.Decode(1).Value);
        }
    }

    [Fact]
    public void What_cannot_be_decoded_keeps_its_bytes()
    {
        Note("k", "bad");
        var first = _reader.Decode(1);
        Note(null, "bad too");
        var second = _reader.Decode(2);

        Assert.Equal("1", first.Undecodable?.Reason);
        Assert.Equal(("k", "bad"), (Text(first.Undecodable!.Key), Text(first.Undecodable.Value)));
        Assert.Equal((null, "bad too"), (Text(second.Undecodable!.Key), Text(second.Undecodable.Value)));
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes);

    private void Note(string? key, string? value)
    {
        Note(MessageComponentType.Key, key);
        Note(MessageComponentType.Value, value);
    }

    private void Note(MessageComponentType component, string? text) => ((IDeserializer<Noted>)_reader).Deserialize(
        Encoding.UTF8.GetBytes(text ?? ""), text is null, new(component, "topic"));

    private sealed class Decoder : IKafkaRecordDecoder<string>
    {
        public string Decode(ReadOnlySpan<byte> key, bool keyIsNull, ReadOnlySpan<byte> value, bool valueIsNull, long timestampMs) =>
            value.StartsWith("bad"u8)
                ? throw new FormatException($"{timestampMs}")
                : $"{(keyIsNull ? "~" : Encoding.UTF8.GetString(key))} {(valueIsNull ? "~" : Encoding.UTF8.GetString(value))} {timestampMs}";
    }
}
