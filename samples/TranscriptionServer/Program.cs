using TranscriptionServer;
using TranscriptionServer.Configuration;

const int Failed = 1;

try
{
    await using WebApplication app = Server.Build(args);
    await Server.StartAsync(app);
    await app.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (e is ConfigurationException or IOException or InvalidDataException or PlatformNotSupportedException or FormatException)
{
    // A setting is wrong, the address is taken, the weights are not those of the model, or the kernels asked for are not this machine's.
    await Console.Error.WriteLineAsync($"TranscriptionServer: {e.Message.ReplaceLineEndings(" ")}");
    return Failed;
}
