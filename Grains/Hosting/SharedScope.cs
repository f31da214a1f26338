using System.Diagnostics.CodeAnalysis;
using Analytics.Accounts;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Metadata;
using Orleans.Runtime;

namespace Analytics.Hosting;

/// <summary>Lets all accounts of a silo use one scope of services.</summary>
/// <remarks>
/// Orleans makes a scope for each activation: 130 bytes and a dictionary for services of the scope, of which an account has none. Of its
/// provider of activations a second one is made for accounts, which is told that there is a scope already.
/// </remarks>
internal static class SharedScope
{
    /// <exception cref="InvalidOperationException">Orleans' own services are not registered yet, or not in the way known here.</exception>
    public static ISiloBuilder AddSharedScope(this ISiloBuilder silo)
    {
        var original = silo.Services.FirstOrDefault(service => service.ServiceType == typeof(IGrainContextActivatorProvider))?.ImplementationType
            ?? throw new InvalidOperationException("Orleans registers no provider of activations.");

        // The first that knows a grain's type makes its activations.
        silo.Services.Insert(0, ServiceDescriptor.Singleton<IGrainContextActivatorProvider>(services => new AccountActivators(services, original)));
        return silo;
    }

    private sealed class AccountActivators : IGrainContextActivatorProvider, IDisposable
    {
        private readonly IServiceScope _scope;
        private readonly IGrainContextActivatorProvider _original;
        private readonly GrainType _accounts;

        public AccountActivators(IServiceProvider services, Type original)
        {
            _scope = services.CreateScope();
            _original = (IGrainContextActivatorProvider)ActivatorUtilities.CreateInstance(new OneScope(services, _scope.ServiceProvider), original);
            _accounts = services.GetRequiredService<GrainTypeResolver>().GetGrainType(typeof(AccountGrain));
        }

        public bool TryGet(GrainType grainType, [NotNullWhen(true)] out IGrainContextActivator? activator)
        {
            activator = null;
            return grainType == _accounts && _original.TryGet(grainType, out activator);
        }

        public void Dispose() => _scope.Dispose();
    }

    /// <summary>Everything from <paramref name="services"/>, but for each scope that is wanted the same one, which outlives who wanted it.</summary>
    private sealed class OneScope(IServiceProvider services, IServiceProvider ofScope) : IServiceProvider, IServiceScopeFactory, IServiceScope
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
}
