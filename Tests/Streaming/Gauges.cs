using System.Diagnostics.Metrics;

namespace Analytics.Tests.Streaming;

/// <summary>Reads the provider's gauges as a metrics exporter would.</summary>
internal sealed class Gauges : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<(string Name, int Partition), int> _values = [];

    public Gauges()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Orleans.Streaming.Kafka" && instrument.IsObservable) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) =>
        {
            foreach (var tag in tags)
                if (tag is { Key: "partition", Value: int partition }) _values[(instrument.Name, partition)] = value;
        });
        _listener.Start();
    }

    public int Read(string name, int partition)
    {
        lock (_values)
        {
            _listener.RecordObservableInstruments();
            return _values.GetValueOrDefault((name, partition));
        }
    }

    public void Dispose() => _listener.Dispose();
}
