using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Analytics.Api.Landing;

/// <summary><c>/</c>: a page that says where to look, and shows the overview's numbers.</summary>
public static class LandingApi
{
    private static readonly byte[] Page = ReadPage();

    public static IEndpointRouteBuilder MapLanding(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/", () => TypedResults.Bytes(Page, "text/html; charset=utf-8")).ExcludeFromDescription();
        return endpoints;
    }

    private static byte[] ReadPage()
    {
        using var stream = typeof(LandingApi).Assembly.GetManifestResourceStream("Analytics.Api.Landing.index.html")!;
        var page = new byte[stream.Length];
        stream.ReadExactly(page);
        return page;
    }
}
