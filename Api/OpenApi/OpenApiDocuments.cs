using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Analytics.Api.OpenApi;

/// <summary>The document at <c>/openapi/v1.json</c>.</summary>
internal static class OpenApiDocuments
{
    private const string Json = "application/json";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        // The dashboard's routes are not part of the API.
        options.ShouldInclude = description => description.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new()
            {
                Title = "Orleans.Analytics",
                Version = "v1",
                Description =
                    "Real-time analytics of card transactions. Times are RFC 3339 in UTC, amounts in the currency's minor unit, errors problem details "
                    + "(RFC 9457). Ids are percent-encoded in a path: the merchant `sainsburys s/mkts` is `sainsburys%20s%2Fmkts`.",
            };

            // The address is wherever the document was fetched from.
            document.Servers = [new() { Url = "/" }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, _, _) =>
        {
            AddExamples(operation);
            return Task.CompletedTask;
        });
    });

    private static void AddExamples(OpenApiOperation operation)
    {
        if (operation.OperationId is "postTransactions" && operation.RequestBody?.Content?.TryGetValue(Json, out var body) == true)
        {
            body.Schema = OneOrMany(body.Schema!);
            body.Examples = new Dictionary<string, IOpenApiExample>
            {
                ["one"] = new OpenApiExample { Summary = "One transaction", Value = JsonNode.Parse(OpenApiExamples.Transaction) },
                ["many"] = new OpenApiExample { Summary = "An array", Value = new JsonArray(JsonNode.Parse(OpenApiExamples.Transaction)) },
            };
        }

        foreach (var (status, response) in operation.Responses ?? [])
        {
            var example = OpenApiExamples.Of(operation.OperationId, status);
            foreach (var (_, content) in response.Content ?? new Dictionary<string, OpenApiMediaType>())
            {
                content.Example = example is null ? null : JsonNode.Parse(example);
            }
        }
    }

    private static OpenApiSchema OneOrMany(IOpenApiSchema array) => new() { OneOf = [array.Items!, array] };
}
