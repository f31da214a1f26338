using System.Text.Json.Serialization;
using Analytics.Api.Entities;
using Analytics.Api.History;
using Analytics.Api.Overview;
using Analytics.Api.Problems;
using Analytics.Api.Transactions;
using Analytics.Transactions;

namespace Analytics.Api.Json;

/// <summary>Every JSON shape of the API, serialized without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    Converters =
    [
        typeof(UtcTimeConverter),
        typeof(SnakeCaseEnumConverter<TransactionType>),
        typeof(SnakeCaseEnumConverter<TransactionStatus>),
        typeof(SnakeCaseEnumConverter<TransactionChannel>),
    ])]
[JsonSerializable(typeof(AccountMetrics))]
[JsonSerializable(typeof(MerchantMetrics))]
[JsonSerializable(typeof(AccountHistory))]
[JsonSerializable(typeof(MerchantHistory))]
[JsonSerializable(typeof(OverviewAnswer))]
[JsonSerializable(typeof(TransactionItem))]
[JsonSerializable(typeof(TransactionItem[]))]
[JsonSerializable(typeof(AppendAnswer))]
[JsonSerializable(typeof(string))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>Problems leave out members that are null; the other shapes keep them.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ApiProblem))]
internal sealed partial class ProblemJson : JsonSerializerContext;
