using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Analytics.Api.Json;

/// <summary>What answers are written with: readable text, since no answer is ever part of an HTML page.</summary>
internal static class Answers
{
    public static readonly ApiJson Json = new(Readable(ApiJson.Default));
    public static readonly ProblemJson Problems = new(Readable(ProblemJson.Default));

    private static JsonSerializerOptions Readable(JsonSerializerContext context) =>
        new(context.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
