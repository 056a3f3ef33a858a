using System.Diagnostics;
using System.Globalization;
using StableQuant.Audio;
using StableQuant.Recognition;
using TranscriptionServer.Configuration;
using TranscriptionServer.Errors;
using TranscriptionServer.Metrics;

namespace TranscriptionServer.Recognition;

/// <summary>
/// Decodes and recognises recordings, and hears live streams piece by piece, as many at a time as there are instances; the others wait. So what decoded
/// audio takes is bounded, too.
/// </summary>
internal sealed partial class SpeechService : IDisposable
{
    private static readonly TimeSpan BeyondLongest = TimeSpan.FromMilliseconds(100);

    private readonly ServerOptions options;
    private readonly ServerMetrics metrics;
    private readonly ILogger<SpeechService> log;
    private readonly RecognizerPool pool;

    public SpeechService(ServerOptions options, ServerMetrics metrics, ILogger<SpeechService> log)
    {
        this.options = options;
        this.metrics = metrics;
        this.log = log;
        pool = new RecognizerPool(() => new Commands(), options.Instances);
    }

    /// <summary>Makes the first instance and runs it.</summary>
    public Task WarmUpAsync() => pool.RecognizeAsync(new float[AudioFile.ModelRate]);

    /// <summary>Recognises an uploaded recording as soon as an instance is free.</summary>
    /// <param name="file">The recording, in any format that <see cref="AudioFile"/> reads.</param>
    /// <param name="aborted">The client has gone: the wait ends, and so does the recognition.</param>
    /// <exception cref="ApiException">The recording cannot be read or is too long, or its time is over.</exception>
    public async Task<Transcription> RecognizeAsync(IFormFile file, CancellationToken aborted)
    {
        (Transcription heard, TimeSpan took) = await RunAsync((instance, time) => instance.Recognizer.Recognize(Decode(file, time), time), aborted);
        metrics.Recognized(heard.Duration, took);
        return heard;
    }

    /// <summary>Hears a piece of a live stream as soon as an instance is free.</summary>
    /// <param name="hear">Hears it, on an instance that is its own for the call.</param>
    /// <param name="length">The piece's length.</param>
    /// <param name="aborted">The client has gone: the wait ends.</param>
    /// <exception cref="ApiException">No instance was free in time.</exception>
    public async Task<T> HearAsync<T>(Func<RecognizerLease, T> hear, TimeSpan length, CancellationToken aborted)
    {
        (T heard, TimeSpan took) = await RunAsync((instance, _) => hear(instance), aborted);
        metrics.Heard(length, took);
        return heard;
    }

    public void Dispose() => pool.Dispose();

    private async Task<(T Result, TimeSpan Took)> RunAsync<T>(Func<RecognizerLease, CancellationToken, T> work, CancellationToken aborted)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        time.CancelAfter(TimeSpan.FromSeconds(options.RecognitionSeconds));
        try
        {
            using RecognizerLease instance = await RentAsync(time.Token);
            metrics.Running.Add(1);
            try
            {
                long start = Stopwatch.GetTimestamp();
                T result = await Task.Run(() => work(instance, time.Token), time.Token);
                return (result, Stopwatch.GetElapsedTime(start));
            }
            finally
            {
                metrics.Running.Add(-1);
            }
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "The recording could not be recognised in time; try again, or send a shorter one.", code: "timeout") { RetryAfter = 1 };
        }
    }

    private async Task<RecognizerLease> RentAsync(CancellationToken cancellationToken)
    {
        metrics.Waiting.Add(1);
        try
        {
            return await pool.RentAsync(cancellationToken);
        }
        finally
        {
            metrics.Waiting.Add(-1);
        }
    }

    private float[] Decode(IFormFile file, CancellationToken cancellationToken)
    {
        string name = file.FileName.Length > 0 ? file.FileName : "the file";
        AudioClip clip;
        try
        {
            using Stream content = file.OpenReadStream();
            clip = AudioFile.Read16k(content, name, TimeSpan.Zero, TimeSpan.FromSeconds(options.MaxAudioSeconds) + BeyondLongest, ChannelChoice.Mix, cancellationToken);
        }
        catch (AudioFormatException e)
        {
            throw ApiException.Invalid(e.Message, "file", "invalid_audio");
        }

        if (clip.Duration.TotalSeconds > options.MaxAudioSeconds)
        {
            throw ApiException.Invalid(
                string.Create(CultureInfo.InvariantCulture, $"{name}: longer than {options.MaxAudioSeconds} s, the longest recording that this server takes; split it."), "file", "audio_too_long");
        }

        foreach (string note in clip.Notes)
        {
            LogNote(log, note);
        }

        return clip.Samples;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "A recording was odd, and was read all the same: {Note}")]
    private static partial void LogNote(ILogger log, string note);
}
