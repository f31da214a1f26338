namespace Analytics.Windowing;

/// <summary>Lengths of the windows that are served live, in minutes, the bucket of <c>asOf</c> included.</summary>
internal static class LiveWindows
{
    public const int Minute = 1;
    public const int FiveMinutes = 5;
    public const int Hour = 60;
    public const int Day = 1_440;
}
