using System.Globalization;
using Orleans.Streaming.Kafka;
using Orleans.Streams;
using Orleans.Streams.Core;

namespace Analytics.Tests.Streaming;

public interface IRecorderGrain : IGrainWithStringKey
{
    Task Deactivate();
}

/// <summary>Subscribes to each partition of <see cref="StreamSilo.Namespace"/> and tells the test's <see cref="Recorder"/>.</summary>
[ImplicitStreamSubscription(StreamSilo.Namespace)]
public sealed class RecorderGrain(Recorder recorder, Orleans.Runtime.ILocalSiloDetails silo)
    : Grain, IRecorderGrain, IStreamSubscriptionObserver, IAsyncObserver<KafkaBatch<string>>
{
    public async Task OnSubscribed(IStreamSubscriptionHandleFactory handleFactory)
    {
        var partition = int.Parse(this.GetPrimaryKeyString(), CultureInfo.InvariantCulture);
        await handleFactory.Create<KafkaBatch<string>>().ResumeAsync(this, recorder.StartToken(partition));
    }

    public async Task OnNextAsync(KafkaBatch<string> item, StreamSequenceToken? token = null)
    {
        await recorder.Handle(item);
        recorder.Add(item, silo.SiloAddress.ToString());
    }

    public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

    public Task Deactivate()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}
