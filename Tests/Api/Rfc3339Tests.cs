using Analytics.Api.Parameters;

namespace Analytics.Tests.Api;

public sealed class Rfc3339Tests
{
    [Theory]
    [InlineData("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.0000000Z")]
    [InlineData("2026-01-31t12:00:00z", "2026-01-31T12:00:00.0000000Z")]
    [InlineData("2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.5000000Z")]
    [InlineData("2026-01-31T12:00:00.123456789Z", "2026-01-31T12:00:00.1234567Z")]
    [InlineData("2026-01-31T12:00:00+02:00", "2026-01-31T10:00:00.0000000Z")]
    [InlineData("2026-01-31T12:00:00 02:00", "2026-01-31T10:00:00.0000000Z")]
    [InlineData("2026-01-31T12:00:00.25-05:30", "2026-01-31T17:30:00.2500000Z")]
    [InlineData("1969-12-31T23:59:59Z", "1969-12-31T23:59:59.0000000Z")]
    public void Parses(string text, string expected)
    {
        Assert.True(Rfc3339.TryParse(text, out var time));
        Assert.Equal(expected, time.UtcDateTime.ToString("O"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("now")]
    [InlineData("2026-01-31")]
    [InlineData("2026-01-31T12:00:00")]
    [InlineData("2026-01-31 12:00:00Z")]
    [InlineData("2026-02-30T12:00:00Z")]
    [InlineData("2026-01-31T12:00:00.Z")]
    [InlineData("2026-01-31T12:00:00.1aZ")]
    [InlineData("2026-01-31T12:00:00+0200")]
    [InlineData("2026-01-31T12:00Z")]
    [InlineData("0001-01-01T00:00:00+10:00")]
    public void Refuses(string? text) => Assert.False(Rfc3339.TryParse(text, out _));
}
