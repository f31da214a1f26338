using Analytics.Entities;
using Analytics.Windowing;
using Orleans.Placement;

namespace Analytics.Accounts;

/// <summary>An account's windows; lives where its partition is handled, so that calls stay in the process.</summary>
[PreferLocalPlacement]
internal sealed class AccountGrain(EntityServices services)
    : WindowedEntityGrain(EntityKind.Account, services), IAccountGrain;
