namespace Analytics.Silo.Configuration;

/// <summary>Where settings come from; each wins over those before it: appsettings.json, appsettings.{environment}.json, environment, command line.</summary>
internal static class SettingSources
{
    /// <summary>Reads appsettings from the program's own folder, so that it may be started from anywhere.</summary>
    /// <exception cref="SettingException">A file is not JSON.</exception>
    public static IConfigurationRoot Load(IReadOnlyList<KeyValuePair<string, string?>> arguments)
    {
        var environment = Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
            ?? Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
            ?? Environments.Production;
        try
        {
            return new ConfigurationBuilder()
                .SetBasePath(AppContext.BaseDirectory)
                .AddJsonFile("appsettings.json", optional: true, reloadOnChange: false)
                .AddJsonFile($"appsettings.{environment}.json", optional: true, reloadOnChange: false)
                .AddEnvironmentVariables("ASPNETCORE_")
                .AddEnvironmentVariables()
                .AddInMemoryCollection(LastOfEach(arguments))
                .Build();
        }
        catch (InvalidDataException exception)
        {
            throw new SettingException("appsettings", exception.InnerException?.Message ?? exception.Message, exception);
        }
    }

    // As with most programs, an argument that is repeated replaces the one before it.
    private static IEnumerable<KeyValuePair<string, string?>> LastOfEach(IReadOnlyList<KeyValuePair<string, string?>> arguments) =>
        arguments.GroupBy(argument => argument.Key, StringComparer.OrdinalIgnoreCase).Select(group => group.Last());
}
