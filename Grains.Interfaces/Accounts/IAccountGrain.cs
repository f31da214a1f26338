using Analytics.Windowing;

namespace Analytics.Accounts;

/// <summary>A card account; the key is its account_id.</summary>
public interface IAccountGrain : IWindowedEntityGrain;
