using System.Text.Json;
using System.Text.Json.Serialization;

namespace Analytics.Api.Json;

/// <summary>Enum names in lower snake case; a number that has no name here is written as a number.</summary>
internal sealed class SnakeCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower)
    where T : struct, Enum;
