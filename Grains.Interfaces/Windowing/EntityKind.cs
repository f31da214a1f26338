namespace Analytics.Windowing;

/// <summary>The two kinds of entity whose windows are kept.</summary>
public enum EntityKind
{
    Account,
    Merchant,
}
