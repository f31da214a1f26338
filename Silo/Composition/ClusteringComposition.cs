using System.Net.Sockets;
using Analytics.Silo.Configuration;
using Orleans.Clustering.Redis;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Analytics.Silo.Composition;

/// <summary>How silos find each other.</summary>
internal static class ClusteringComposition
{
    private static readonly string[] Refusals = ["WRONGPASS ", "NOAUTH ", "NOPERM "];

    public static ISiloBuilder AddClustering(this ISiloBuilder silo, OrleansSettings settings, (int Silo, int Gateway) ports)
    {
        silo.Configure<SiloOptions>(options => options.SiloName = $"{Environment.MachineName}:{ports.Silo}");
        if (settings.ClusteringRedis is null)
        {
            return silo.UseLocalhostClustering(ports.Silo, ports.Gateway, serviceId: settings.ServiceId, clusterId: settings.ClusterId);
        }

        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (settings.ClusterId, settings.ServiceId));
        silo.Configure<ClusterMembershipOptions>(options => FailureDetection.Apply(options, settings.FailureDetection));
        silo.UseRedisClustering(options => options.ConfigurationOptions = ConfigurationOptions.Parse(settings.ClusteringRedis));
        silo.Services.AddOptions<RedisClusteringOptions>().Configure<ILoggerFactory, IHostApplicationLifetime>(
            (options, logging, lifetime) => options.CreateMultiplexer = async redis =>
                (await ConnectAsync(redis.ConfigurationOptions!, logging.CreateLogger("Analytics.Start"), lifetime.ApplicationStopping), IsShared: false));
        return settings.AdvertisedIP is { } address
            ? silo.ConfigureEndpoints(address, ports.Silo, ports.Gateway, listenOnAnyHostAddress: true)
            : silo.ConfigureEndpoints(ports.Silo, ports.Gateway, AddressFamily.InterNetwork, listenOnAnyHostAddress: true);
    }

    /// <summary>Whether Redis did not answer, or the connection to it broke.</summary>
    public static bool IsRedisAway(Exception exception) => exception is RedisException or RedisTimeoutException;

    /// <summary>Asks Redis once, so that a wrong address is a line that names its key.</summary>
    /// <exception cref="RedisException">It does not answer.</exception>
    /// <exception cref="SettingException">It does not take the user or the password, which waiting does not change.</exception>
    public static async Task PingAsync(string redis)
    {
        var options = ConfigurationOptions.Parse(redis);
        options.AbortOnConnectFail = true;
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(options);
            await connection.GetDatabase().PingAsync();
        }
        catch (RedisException exception) when (IsRefusal(exception))
        {
            throw new SettingException(
                "Clustering:Redis", $"Redis refuses the user or the password: {ReadyProbes.OneLine(exception.GetBaseException().Message)}", exception);
        }
    }

    // The client has a kind of its own for it where it signs in; a server that was told no password says so at the first command. The error
    // codes are Redis' own: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/.
    private static bool IsRefusal(Exception? exception) =>
        exception is not null
        && (exception is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure }
            || Refusals.Any(code => exception.Message.Contains(code, StringComparison.Ordinal))
            || IsRefusal(exception.InnerException));

    // Orleans repeats what it asks of the table, but neither the connection nor its first command: Redis may have gone away since it was
    // asked for the first time.
    private static async Task<IConnectionMultiplexer> ConnectAsync(ConfigurationOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        options.AbortOnConnectFail = false;
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        try
        {
            await ReadyProbes.WaitAsync(
                "Clustering:Redis", "Redis", IsRedisAway, _ => connection.GetDatabase().PingAsync(), logger, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
