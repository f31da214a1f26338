using Analytics.Entities;
using Analytics.Windowing;

namespace Analytics.Merchants;

/// <summary>A merchant's windows; fed by every partition, so it lives wherever Orleans places it.</summary>
[CollectionAgeLimit(Minutes = IdleMinutes)]
internal sealed class MerchantGrain(EntityServices services)
    : WindowedEntityGrain(EntityKind.Merchant, services), IMerchantGrain;
