using Analytics.Windowing;

namespace Analytics.Tests.Windowing;

public sealed class CurrencyCodeTests
{
    [Fact]
    public void A_code_comes_back_and_keeps_its_place_in_the_order()
    {
        string[] codes = ["GBP", "EUR", "XYZ", "eur", "EUQ"];
        Assert.Equal(codes, codes.Select(code => new CurrencyCode(code).ToString()));
        Assert.Equal(codes.Order(StringComparer.Ordinal), codes.Select(code => new CurrencyCode(code)).Order().Select(code => code.ToString()));
        Assert.Equal(new CurrencyCode("EUR"), new CurrencyCode("EUR"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("EU")]
    [InlineData("EURO")]
    [InlineData("EÜR")]
    public void What_is_no_code_is_refused(string text) => Assert.Throws<ArgumentException>(() => new CurrencyCode(text));
}
