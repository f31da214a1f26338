using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using Analytics.Accounts;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Metadata;
using Orleans.Runtime;

namespace Analytics.Hosting;

/// <summary>Lets all accounts of a silo use one scope of services.</summary>
/// <remarks>
/// Orleans makes a scope for each activation: 130 bytes of an idle account, for services that an activation has for itself. An account
/// wants none, and is refused what would be shared by all. Of Orleans' provider of activations a second one is made for accounts, which is
/// told that there is a scope already.
/// </remarks>
internal static class SharedScope
{
    /// <exception cref="InvalidOperationException">Orleans' provider of activations is not registered as it is known here.</exception>
    public static ISiloBuilder AddSharedScope(this ISiloBuilder silo)
    {
        var original = silo.Services
            .Where(service => service.ServiceType == typeof(IGrainContextActivatorProvider))
            .Select(service => service.ImplementationType)
            .FirstOrDefault(type => type is not null)
            ?? throw new InvalidOperationException(
                "This version of Orleans does not register its provider of activations by type; see SharedScope.");
        var services = silo.Services;

        // The first that knows a grain's type makes its activations.
        services.Insert(
            0,
            ServiceDescriptor.Singleton<IGrainContextActivatorProvider>(
                provider => new AccountActivators(provider, original, ScopedServices(services))));
        return silo;
    }

    private static FrozenSet<Type> ScopedServices(IServiceCollection services) =>
        services.Where(service => service.Lifetime == ServiceLifetime.Scoped).Select(service => service.ServiceType).ToFrozenSet();

    private sealed class AccountActivators : IGrainContextActivatorProvider, IDisposable
    {
        private readonly IServiceScope _scope;
        private readonly IGrainContextActivatorProvider _original;
        private readonly GrainType _accounts;

        public AccountActivators(IServiceProvider services, Type original, FrozenSet<Type> refused)
        {
            _scope = services.CreateScope();
            OneScope shared = new(services, new WithoutScoped(_scope.ServiceProvider, refused));
            _original = (IGrainContextActivatorProvider)ActivatorUtilities.CreateInstance(shared, original);
            _accounts = services.GetRequiredService<GrainTypeResolver>().GetGrainType(typeof(AccountGrain));
        }

        public bool TryGet(GrainType grainType, [NotNullWhen(true)] out IGrainContextActivator? activator)
        {
            activator = null;
            return grainType == _accounts && _original.TryGet(grainType, out activator);
        }

        public void Dispose() => _scope.Dispose();
    }

    /// <summary>Everything from <paramref name="services"/>, but the same scope for whoever wants one.</summary>
    private sealed class OneScope(IServiceProvider services, IServiceProvider ofScope)
        : IServiceProvider, IServiceScopeFactory, IServiceScope
    {
        public IServiceProvider ServiceProvider => ofScope;

        public object? GetService(Type serviceType) =>
            serviceType == typeof(IServiceProvider) || serviceType == typeof(IServiceScopeFactory) ? this : services.GetService(serviceType);

        public IServiceScope CreateScope() => this;

        public void Dispose()
        {
            // An activation has ended, and the others go on.
        }
    }

    /// <summary>What one account got of these services, every other would get.</summary>
    private sealed class WithoutScoped(IServiceProvider services, FrozenSet<Type> refused) : IKeyedServiceProvider
    {
        public object? GetService(Type serviceType) =>
            serviceType == typeof(IServiceProvider) ? this : services.GetService(Checked(serviceType));

        public object? GetKeyedService(Type serviceType, object? serviceKey) =>
            ((IKeyedServiceProvider)services).GetKeyedService(Checked(serviceType), serviceKey);

        public object GetRequiredKeyedService(Type serviceType, object? serviceKey) =>
            services.GetRequiredKeyedService(Checked(serviceType), serviceKey);

        private Type Checked(Type serviceType) => refused.Contains(serviceType)
            ? throw new InvalidOperationException($"An account has no {serviceType.Name} of its own: all accounts share one scope of services.")
            : serviceType;
    }
}
