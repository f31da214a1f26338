using System.Text.RegularExpressions;

namespace Analytics.Api.Transactions;

/// <summary>The validator names fields as the protobuf does; who sent JSON knows them by their JSON names.</summary>
internal static partial class JsonFieldNames
{
    /// <summary>A rejection's detail with the fields named as in JSON.</summary>
    public static string In(string detail) => ProtobufName().Replace(detail, match => match.Value switch
    {
        "transaction_id" => "transactionId",
        "account_id" => "accountId",
        "merchant_id" => "merchantId",
        "amount_minor" => "amountMinor",
        _ => "occurredAt",
    });

    [GeneratedRegex(@"\b(transaction_id|account_id|merchant_id|amount_minor|occurred_at)\b(?!')")]
    private static partial Regex ProtobufName();
}
