using Microsoft.Data.Sqlite;

namespace Analytics.Storage.Sqlite;

/// <summary>Tells operating faults, which pass with time or with an operator's help, from faults of the program.</summary>
internal static class SqliteFaults
{
    // Primary result codes of https://www.sqlite.org/rescode.html.
    private const int Perm = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int OutOfMemory = 7;
    private const int ReadOnly = 8;
    private const int IoError = 10;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int Protocol = 15;

    /// <summary>The typed exception of an operating fault; null for every other exception, which then is to be rethrown as it is.</summary>
    public static StoreUnavailableException? Translate(Exception exception, string path, string work) =>
        NextStep(exception) is { } nextStep
            ? new StoreUnavailableException($"SQLite at {path} could not {work}: {exception.Message} {nextStep}", exception)
            : null;

    private static string? NextStep(Exception exception) => exception switch
    {
        SqliteException answer => answer.SqliteErrorCode switch
        {
            Busy or Locked or Protocol => "Another process holds the database; end it, or give this one a Storage:Path of its own.",
            Full => "Free disk space.",
            ReadOnly or Perm or CannotOpen => "Check that Storage:Path names a file in a folder that this process may write.",
            IoError or OutOfMemory => "Check the disk and the memory of this machine.",
            _ => null,
        },
        IOException or UnauthorizedAccessException => "Check that Storage:Path names a file in a folder that this process may write.",
        _ => null,
    };
}
