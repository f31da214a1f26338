using System.Diagnostics;
using System.Text.Json.Nodes;
using Analytics.Tests.Storage;

namespace Analytics.Tests.Integration;

/// <summary>Several <c>serve</c> processes that find each other in Redis and share a database and a broker.</summary>
internal sealed class ClusterOfProcesses : IAsyncDisposable
{
    private const string Variable = "ANALYTICS_TEST_REDIS";

    private readonly TimescaleDatabase _database = new();
    private readonly string _clusterId = $"test-{Guid.NewGuid():N}";
    private readonly List<Member> _members = [];

    private ClusterOfProcesses(BrokerProcess broker) => Broker = broker;

    public BrokerProcess Broker { get; }

    public IReadOnlyList<Member> Members => _members;

    public string ConnectionString => _database.ConnectionString;

    public static async Task<ClusterOfProcesses> StartAsync(int silos, int partitions, CancellationToken cancellationToken)
    {
        var cluster = new ClusterOfProcesses(await BrokerProcess.StartAsync(cancellationToken, partitions));
        try
        {
            await cluster._database.CreateAsync(cancellationToken);
            while (cluster._members.Count < silos)
            {
                await cluster.JoinAsync(cancellationToken);
            }

            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary><c>host:port</c> of the test server.</summary>
    public static string Redis
    {
        get
        {
            var redis = Environment.GetEnvironmentVariable(Variable);
            Assert.False(string.IsNullOrEmpty(redis), $"{Variable} is not set: run ./test.sh, or scripts/test-servers.sh start.");
            return redis!;
        }
    }

    public async Task<Member> JoinAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var port = FreePort.Next();
        var serve = await ServeProcess.StartAsync("serve", cancellationToken, [.. Settings(), $"--Orleans:SiloPort={port}", .. arguments]);
        var member = new Member(serve, $"{Environment.MachineName}:{port}");
        _members.Add(member);
        return member;
    }

    /// <summary>What makes a process a member, and then <paramref name="more"/>.</summary>
    public string[] Settings(params string[] more) =>
    [
        $"--Kafka:BootstrapServers={Broker.BootstrapServers}",
        "--Storage:Provider=Timescale",
        $"--ConnectionStrings:Timescale={_database.ConnectionString}",
        $"--Clustering:Redis={Redis}",
        $"--Orleans:ClusterId={_clusterId}",
        "--Orleans:AdvertisedIP=127.0.0.1",
        $"--Orleans:SiloPort={FreePort.Next()}",
        $"--Orleans:GatewayPort={FreePort.Next()}",
        .. more,
    ];

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync(Member member, CancellationToken cancellationToken)
    {
        _members.Remove(member);
        await member.Serve.KillAsync(cancellationToken);
        await member.Serve.DisposeAsync();
    }

    /// <summary>Asks the first member for the partitions until they satisfy a condition; errors are answers that do not.</summary>
    public async Task<JsonArray> WaitForPartitionsAsync(Func<JsonArray, bool> condition, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        var last = "";
        while (true)
        {
            try
            {
                last = await _members[0].Serve.Http.GetStringAsync(new Uri(_members[0].Serve.Http.BaseAddress!, "/v1/overview"), cancellationToken);
                var partitions = JsonNode.Parse(last)!["partitions"]!.AsArray();
                if (condition(partitions))
                {
                    return partitions;
                }
            }
            catch (HttpRequestException exception)
            {
                last = exception.Message;
            }

            Assert.True(clock.Elapsed < deadline, $"Not reached within {deadline}: {last}\n{_members[0].Serve.Output}");
            await Task.Delay(50, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
        {
            await member.Serve.DisposeAsync();
        }

        await Broker.DisposeAsync();
        await _database.DropAsync();
    }

    /// <summary>A process and the name that its silo goes by in the overview.</summary>
    internal sealed record Member(ServeProcess Serve, string SiloName);
}
