using System.Diagnostics;
using System.Net;

namespace StableQuant.Package.Tests.Native;

/// <summary>The transcription server as one native file, published once, in a root that has what it needs and nothing else.</summary>
public sealed class ServerTests(ServerTests.Published server) : IClassFixture<ServerTests.Published>
{
    private const string Random = "/dev/urandom";

    [InEmptyRootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_is_one_file(bool isStatic) =>
        Directory.GetFileSystemEntries(Path.GetDirectoryName(server.Form(isStatic))!).ShouldBe([server.Form(isStatic)]);

    [InEmptyRootFact]
    public void It_needs_the_C_library_or_nothing()
    {
        EmptyRoot.Libraries(server.Form(isStatic: false)).Select(Path.GetFileName).ShouldBeSubsetOf(["ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6"]);
        EmptyRoot.Libraries(server.Form(isStatic: true)).ShouldBeEmpty();
    }

    [InEmptyRootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task In_an_empty_root_it_hears_what_the_library_hears_checks_keys_and_stops_when_it_is_asked_to(bool isStatic)
    {
        using var root = new EmptyRoot(server.Form(isStatic));
        root.Folder("/tmp");
        foreach (string library in EmptyRoot.Libraries(server.Form(isStatic)))
        {
            root.Copy(library);
        }

        using ServerProcess running = await ServerProcess.ListeningAsync(root.Start([Random], "--urls=http://127.0.0.1:0", "--Transcription:ApiKey=s3cret"), "s3cret");
        (await running.StatusWithKeyAsync("s3cre")).ShouldBe(HttpStatusCode.Unauthorized);
        await running.ListenAsync();
        foreach ((string name, _) in Recordings.Few)
        {
            string path = Path.Combine(AppContext.BaseDirectory, "Recordings", name);
            (await running.WordsAsync(path)).ShouldBe(Recordings.Words(path), name);
        }

        EmptyRoot.Terminate(running.Process);
        await running.Process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        running.Process.ExitCode.ShouldBe(0);
    }

    [InEmptyRootTheory]
    [InlineData("", "TranscriptionServer: the system has no random numbers; is there /dev/urandom?")]
    [InlineData(Random, "TranscriptionServer: cannot keep large uploads in '/tmp/': ")]
    public async Task What_the_root_lacks_is_one_line(string devices, string message)
    {
        using var root = new EmptyRoot(server.Form(isStatic: true));
        using Process process = root.Start(devices.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--urls=http://127.0.0.1:0");
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(1, errors);
        errors.ShouldStartWith(message);
        errors.TrimEnd().Split('\n').Length.ShouldBe(1, errors);
    }

    /// <summary>As the page says, and as the Dockerfile says: with the C library in it. Both are of one compilation, linked twice.</summary>
    public sealed class Published() : PublishedSample(EmptyRoot.Missing is null, "TranscriptionServer", "linux-x64")
    {
        private string? linked;

        public string Form(bool isStatic) => isStatic
            ? linked ??= Publish("static", "-p:StaticExecutable=true", "-p:LinkerFlavor=lld", $"-p:NativeOutputPath={Path.GetDirectoryName(Program)}-native/")
            : Program;
    }
}
