using Analytics.Windowing;

namespace Analytics.Merchants;

/// <summary>A merchant; the key is its merchant_id.</summary>
public interface IMerchantGrain : IWindowedEntityGrain;
