using Analytics.Entities;
using Analytics.Placement;
using Analytics.Windowing;

namespace Analytics.Accounts;

/// <summary>An account's windows; lives where its partition is handled, so that calls stay in the process.</summary>
[HomePlacement]
[CollectionAgeLimit(Minutes = IdleMinutes)]
internal sealed class AccountGrain(EntityServices services)
    : WindowedEntityGrain(EntityKind.Account, services), IAccountGrain;
