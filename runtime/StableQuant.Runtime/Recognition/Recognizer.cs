using StableQuant.Audio;
using StableQuant.Decoding.Search;
using StableQuant.Streaming;

namespace StableQuant.Recognition;

/// <summary>
/// Recognises recordings of any length: their words, when they were spoken and how sure they are. A short recording is recognised as a whole,
/// without the silence before and behind its speech; a long one is cut at pauses (<see cref="StreamingSession"/>). Noise without speech has no
/// words. One instance has one model and serves one call at a time; <see cref="RecognizerPool"/> serves many.
/// </summary>
public sealed class Recognizer
{
    private const int ChunkSamples = 8000;

    // Of a file, what is in memory at a time.
    private const int PartSeconds = 60;

    // Silence that models bear at the ends of an utterance; beyond it they lose words.
    private const double BearableSilence = 0.5;

    private readonly ISpeechModel model;
    private readonly StreamingOptions cutting;
    private readonly SpeechExtent extent;
    private readonly UtteranceDecoder decoder;
    private readonly StreamingSession stream;
    private readonly float[] logits;
    private readonly int longest;
    private readonly List<Word> words = [];

    /// <summary>Makes a recognizer and its workspace.</summary>
    /// <param name="model">The model, which the caller disposes of. One that takes the longest utterance of the options is best.</param>
    /// <param name="options">How to recognise; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range or not for this model, or the model takes less than 2 s.</exception>
    /// <exception cref="InvalidDataException">Hotwords or grammar have a character that the vocabulary lacks.</exception>
    public Recognizer(ISpeechModel model, RecognizerOptions? options = null)
        : this(model, options ?? new RecognizerOptions(), (options?.Search is { } search) ? new CtcBeamSearch(model?.Vocabulary ?? throw new ArgumentNullException(nameof(model)), search) : null)
    {
    }

    internal Recognizer(ISpeechModel model, RecognizerOptions options, CtcBeamSearch? search)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        cutting = options.Cutting with { PartialInterval = TimeSpan.Zero };
        longest = (int)Math.Min(model.MaxSamples, (long)(cutting.MaxUtterance.TotalSeconds * model.SampleRate));
        stream = new StreamingSession(model, Keep, cutting);
        extent = new SpeechExtent(cutting.Detector ?? new EnergyDetector(), new SpeechEdges(model.SampleRate, (int)(cutting.Margin.TotalSeconds * model.SampleRate)));
        decoder = new UtteranceDecoder(model, longest, search);
        logits = new float[model.FrameCount(longest) * model.VocabularySize];
    }

    /// <summary>Recognises a recording.</summary>
    /// <param name="pcm16k">Samples, mono, nominally in −1 … 1, at the model's rate; any number of them.</param>
    /// <param name="cancellationToken">Stops between two half seconds.</param>
    /// <returns>What was said.</returns>
    /// <exception cref="ArgumentException">A sample is not finite.</exception>
    /// <exception cref="InvalidOperationException">The model is in another call.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Transcription Recognize(ReadOnlySpan<float> pcm16k, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        words.Clear();
        if (pcm16k.Length <= longest)
        {
            RecognizeWhole(pcm16k);
            return Make([.. words], pcm16k.Length) with { Alternatives = words.Count > 0 ? decoder.Alternatives : [] };
        }

        try
        {
            Hear(pcm16k, cancellationToken);
            stream.Finish();
        }
        finally
        {
            stream.Reset();
        }

        return Make([.. words], pcm16k.Length);
    }

    /// <summary>Recognises an utterance of a stream: its words, as those of a long recording are.</summary>
    /// <param name="utterance">
    /// A result, partial or final, during the call that tells of it, of a <see cref="StreamingSession"/> over this recognizer's model with the options'
    /// <see cref="RecognizerOptions.Cutting"/>.
    /// </param>
    /// <returns>What was said in the utterance: times count from the recording's start, the duration is the utterance's own.</returns>
    /// <exception cref="ArgumentException">The utterance is longer than those of the options.</exception>
    public Transcription Recognize(scoped in SpeechResult utterance) => Make(Words(utterance), utterance.EndSample - utterance.StartSample);

    /// <summary>Recognises a recording of 16-bit samples; otherwise as with floats.</summary>
    /// <param name="pcm16k">Samples, mono, at the model's rate.</param>
    /// <param name="cancellationToken">Stops between two half seconds.</param>
    public Transcription Recognize(ReadOnlySpan<short> pcm16k, CancellationToken cancellationToken = default) =>
        Recognize(Samples.Of(pcm16k), cancellationToken);

    /// <summary>Recognises an audio file, in any format that <see cref="AudioFile"/> reads: the mix of its channels.</summary>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops reading, and the recognition between two half seconds.</param>
    /// <exception cref="AudioFormatException">The file cannot be decoded.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public Transcription RecognizeFile(string path, CancellationToken cancellationToken = default) => RecognizeFile(path, ChannelChoice.Mix, cancellationToken);

    /// <summary>Recognises a channel of an audio file. A WAV recording is read part by part, so that memory does not grow with its length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="channel">The mix or one channel.</param>
    /// <param name="cancellationToken">Stops reading, and the recognition between two half seconds.</param>
    /// <exception cref="ArgumentException"><paramref name="channel"/> is each: these make results of their own.</exception>
    /// <exception cref="AudioFormatException">The file cannot be decoded, or lacks the channel.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public Transcription RecognizeFile(string path, ChannelChoice channel, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (channel == ChannelChoice.Each)
        {
            throw new ArgumentException("Each channel makes a result of its own: read them with AudioFile.Read16k, and recognise each.", nameof(channel));
        }

        // What is recognised as a whole is never more than one part.
        int seconds = Math.Max(PartSeconds, (longest / model.SampleRate) + 1);
        using IEnumerator<AudioClip> parts = AudioParts.Read16k(path, channel, seconds, cancellationToken).GetEnumerator();
        parts.MoveNext();
        AudioClip first = parts.Current;
        if (!parts.MoveNext())
        {
            return Recognize(first.Samples, cancellationToken) with { Notes = first.Notes };
        }

        words.Clear();
        long samples = first.Samples.Length;
        List<string> notes = [.. first.Notes];
        try
        {
            Hear(first.Samples, cancellationToken);
            do
            {
                Hear(parts.Current.Samples, cancellationToken);
                samples += parts.Current.Samples.Length;
                notes.AddRange(parts.Current.Notes);
            }
            while (parts.MoveNext());
            stream.Finish();
        }
        finally
        {
            stream.Reset();
        }

        return Make([.. words], samples) with { Notes = notes };
    }

    /// <summary>Recognises a recording from a stream, in any format that <see cref="AudioFile"/> reads. The stream is left open.</summary>
    /// <param name="audio">The recording, from where the stream stands; it need not be seekable.</param>
    /// <param name="cancellationToken">Stops the recognition between two half seconds.</param>
    /// <exception cref="AudioFormatException">The stream cannot be decoded.</exception>
    public Transcription Recognize(Stream audio, CancellationToken cancellationToken = default)
    {
        AudioClip clip = AudioFile.Read16k(audio, "the stream", ChannelChoice.Mix, cancellationToken);
        return Recognize(clip.Samples, cancellationToken) with { Notes = clip.Notes };
    }

    private void RecognizeWhole(ReadOnlySpan<float> pcm)
    {
        (int Start, int End)? speech = extent.Of(pcm);
        (int start, int end) = speech ?? (0, pcm.Length);
        int bearable = (int)(BearableSilence * model.SampleRate);
        start = start <= bearable ? 0 : start / model.SamplesPerFrame * model.SamplesPerFrame;
        end = pcm.Length - end <= bearable ? pcm.Length : end;
        if (end - start < model.MinSamples)
        {
            return;
        }

        ReadOnlySpan<float> spoken = pcm[start..end];
        int frames = model.Logits(spoken, logits);

        // What the detector takes for noise may be speech all the same, where the model is sure of it.
        Word[] found = decoder.Decode(logits, frames, spoken, cutting.MinConfidence, speech is null ? cutting.MinConfidence : UtteranceDecoder.MinWordConfidence);
        words.AddRange(Behind(found, start));
    }

    private void Hear(ReadOnlySpan<float> pcm, CancellationToken cancellationToken)
    {
        for (int done = 0; done < pcm.Length; done += ChunkSamples)
        {
            cancellationToken.ThrowIfCancellationRequested();
            stream.Push(pcm.Slice(done, Math.Min(ChunkSamples, pcm.Length - done)));
        }
    }

    private void Keep(scoped in SpeechResult result) => words.AddRange(Words(result));

    private Word[] Words(scoped in SpeechResult utterance) =>
        Behind(decoder.Decode(utterance, model.SamplesPerFrame), (long)utterance.FirstFrame * model.SamplesPerFrame);

    // With times from the recording's start.
    private Word[] Behind(Word[] found, long start)
    {
        double seconds = start / (double)model.SampleRate;
        return [.. found.Select(word => word with { Start = word.Start + seconds, End = word.End + seconds })];
    }

    private Transcription Make(Word[] said, long samples)
    {
        string text = string.Join(model.Vocabulary.WritesSpaces ? " " : "", said.Select(word => word.Text));
        float confidence = said.Length > 0 ? (float)said.Average(word => (double)word.Confidence) : 0;
        return new Transcription(text, said, confidence, TimeSpan.FromSeconds(samples / (double)model.SampleRate));
    }
}
