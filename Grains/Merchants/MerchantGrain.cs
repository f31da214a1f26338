using Analytics.Entities;
using Analytics.Windowing;
using Orleans.Runtime;

namespace Analytics.Merchants;

/// <summary>A merchant's windows; fed by every partition, so it lives wherever Orleans places it.</summary>
internal sealed class MerchantGrain(EntityServices services, ILocalSiloDetails silo)
    : WindowedEntityGrain(EntityKind.Merchant, services, silo.SiloAddress), IMerchantGrain;
