using System.Runtime.CompilerServices;

namespace Analytics.Tests.Simulation;

/// <summary>What <see cref="World.Note(ref NoteText)"/> is told: formatted only when the world keeps a schedule.</summary>
[InterpolatedStringHandler]
internal ref struct NoteText
{
    private DefaultInterpolatedStringHandler _text;

    public NoteText(int literalLength, int formattedCount, World world, out bool isKept)
    {
        isKept = world.Schedule is not null;
        _text = isKept ? new(literalLength, formattedCount) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public string ToStringAndClear() => _text.ToStringAndClear();
}
