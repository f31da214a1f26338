using Analytics.Silo.Configuration;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Analytics.Silo.Composition;

/// <summary>Answers of a store that waiting does not change: a setting has to, so the start stops with one line that names it.</summary>
internal static class StoreRefusal
{
    // Primary result codes of https://www.sqlite.org/rescode.html.
    private const int Perm = 3;
    private const int ReadOnly = 8;
    private const int CannotOpen = 14;
    private const int NotADatabase = 26;

    /// <summary>The reason without secrets; null when the store may answer later, or the fault is not the setting's.</summary>
    public static string? Reason(Exception exception, StorageSettings settings) => exception.GetBaseException() switch
    {
        PostgresException answer => ReasonOf(answer),
        SqliteException { SqliteErrorCode: NotADatabase } => $"'{settings.Path}' is not an SQLite database; name another file.",
        SqliteException { SqliteErrorCode: ReadOnly or Perm } => $"'{settings.Path}' is read-only; name a file that this process may write.",
        SqliteException { SqliteErrorCode: CannotOpen } => $"'{settings.Path}' cannot be opened; name a file in a folder that this process may write.",
        IOException or UnauthorizedAccessException when settings.Provider == StorageProvider.Sqlite =>
            $"'{settings.Path}' cannot be opened: {exception.GetBaseException().Message}",
        _ => null,
    };

    private static string? ReasonOf(PostgresException answer) => answer.SqlState is
        PostgresErrorCodes.InvalidPassword
        or PostgresErrorCodes.InvalidAuthorizationSpecification
        or PostgresErrorCodes.InvalidCatalogName
        or PostgresErrorCodes.InsufficientPrivilege
        ? answer.MessageText
        : null;
}
