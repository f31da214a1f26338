namespace Analytics.Transactions;

/// <summary>Why a record is not accepted. The code of <see cref="DeadLetterReasons.CodeOf"/> is a contract of the dead-letter topic.</summary>
public enum DeadLetterReason
{
    Undecodable,
    MissingField,
    FieldTooLong,
    NegativeAmount,
    UnknownCurrency,
    TypeUnspecified,
    StatusUnspecified,
    EventTimeInFuture,
    KeyMismatch,
}
