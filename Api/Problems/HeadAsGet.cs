using Microsoft.AspNetCore.Http;

namespace Analytics.Api.Problems;

/// <summary>Lets every GET route answer HEAD (RFC 9110, 9.3.2); the server leaves the body away by itself.</summary>
internal sealed class HeadAsGet(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await next(http);
            return;
        }

        http.Request.Method = HttpMethods.Get;
        try
        {
            await next(http);
        }
        finally
        {
            http.Request.Method = HttpMethods.Head;
        }
    }
}
