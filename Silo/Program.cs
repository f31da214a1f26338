using Analytics.Silo.Verbs;

return await CommandLine.RunAsync(args);
