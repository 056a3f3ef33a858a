using StableQuant.Calibration.Compile;
using StableQuant.Recognition;

namespace StableQuant.Calibration.Tests.Recognition;

/// <summary>Many recordings at a time: none lost, none mixed up, no more instances than allowed.</summary>
public sealed class RecognizerPoolTests : IDisposable
{
    private static readonly (string Path, string Text)[] Recordings = [.. File.ReadLines(TestFiles.Recordings).Take(7)
        .Select(line => line.Split('\t'))
        .Select(parts => (Path.Combine(Path.GetDirectoryName(TestFiles.Recordings)!, parts[0]), parts[1]))];

    private readonly CompiledModelSource source = CompiledModelSource.Load(TestFiles.Commands);
    private int made;

    public void Dispose() => source.Dispose();

    private ISpeechModel Make()
    {
        Interlocked.Increment(ref made);
        return source.Create(maxSeconds: 20);
    }

    [Fact]
    public async Task Each_recording_gets_its_own_words()
    {
        using var pool = new RecognizerPool(Make, size: 2);
        (string Path, string Text)[] wanted = [.. Enumerable.Range(0, 5).SelectMany(_ => Recordings)];
        Transcription[] heard = await Task.WhenAll(wanted.Select(recording => pool.RecognizeFileAsync(recording.Path)));
        heard.Select(transcription => transcription.Text).ShouldBe(wanted.Select(recording => recording.Text));
        made.ShouldBeInRange(1, 2);
    }

    [Fact]
    public async Task Waiting_can_be_cancelled_and_others_go_on()
    {
        using var pool = new RecognizerPool(Make, size: 1);
        using var cancellation = new CancellationTokenSource();
        Task<Transcription>[] others = [.. Recordings.Select(recording => pool.RecognizeFileAsync(recording.Path))];
        Task<Transcription> cancelled = pool.RecognizeFileAsync(Recordings[0].Path, cancellation.Token);
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => cancelled);
        (await Task.WhenAll(others)).Select(transcription => transcription.Text).ShouldBe(Recordings.Select(recording => recording.Text));
    }

    [Fact]
    public async Task A_file_that_is_none_does_not_cost_an_instance()
    {
        using var pool = new RecognizerPool(Make, size: 1);
        await Should.ThrowAsync<IOException>(() => pool.RecognizeFileAsync("nowhere.wav"));
        (await pool.RecognizeFileAsync(Recordings[0].Path)).Text.ShouldBe(Recordings[0].Text);
        made.ShouldBe(1);
        pool.Dispose();
        await Should.ThrowAsync<ObjectDisposedException>(() => pool.RecognizeFileAsync(Recordings[0].Path));
    }
}
