using System.Net;

namespace Analytics.Silo.Configuration;

/// <summary>One address of <c>Urls</c>.</summary>
/// <param name="Scheme"><c>http</c> or <c>https</c>.</param>
/// <param name="Host">As written; <c>localhost</c>, an IP address, or <c>*</c> or <c>+</c> or a name for every address.</param>
/// <param name="Port">0 for any free one.</param>
internal sealed record ListenUrl(string Scheme, string Host, int Port)
{
    public const string Default = "http://localhost:8080";
    private const string Key = "Urls";

    /// <summary>What Kestrel is told. It cannot listen on any free port of two loopback addresses at once, so that is 127.0.0.1.</summary>
    public string ForKestrel => $"{Scheme}://{(IsLocalhost && Port == 0 ? "127.0.0.1" : Host)}:{Port}";

    /// <summary>The addresses that are bound; what is neither localhost nor an address means every one, as in Kestrel.</summary>
    public IPAddress Address => IsLocalhost ? IPAddress.Loopback
        : IPAddress.TryParse(Host.Trim('[', ']'), out var address) ? address
        : IPAddress.Any;

    private bool IsLocalhost => Host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    /// <summary>Parses a semicolon-separated list.</summary>
    /// <exception cref="SettingException">One of them is no such address.</exception>
    public static IReadOnlyList<ListenUrl> ParseAll(string text)
    {
        var urls = text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse).ToList();
        return urls.Count > 0 ? urls : throw new SettingException(Key, "names no address; write http://localhost:8080.");
    }

    public override string ToString() => $"{Scheme}://{Host}:{Port}";

    private static ListenUrl Parse(string text)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(text);
        }
        catch (FormatException exception)
        {
            throw Wrong(text, exception);
        }

        return address.Scheme is "http" or "https" && address.Port is >= 0 and <= 65535 && address.PathBase.Length == 0 && !address.IsUnixPipe
            ? new(address.Scheme, address.Host, address.Port)
            : throw Wrong(text, null);
    }

    private static SettingException Wrong(string text, Exception? inner) =>
        new(Key, $"'{text}' is not an address such as http://localhost:8080 or http://*:8080.", inner);
}
