using System.Diagnostics;
using StableQuant.Audio;
using StableQuant.Calibration.Evaluate.Measures;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>
/// Transcribes audio files one after another with one instance of a model, which is made anew where an utterance
/// is longer than those before; of a model that classifies or embeds, its answer takes the place of the text. For one thread.
/// </summary>
public sealed class Transcriber(IModelSource source) : IDisposable
{
    // Most utterances are shorter, and an instance's memory grows with the longest that it takes.
    private const double FirstCapacitySeconds = 20;

    private readonly Measure measure = Measure.Of(source.Head, source.Width);
    private ICompiledModel? model;
    private char[] text = [];

    /// <summary>Transcribes an utterance. One of more than 40 s is cut where it is quiet, as models are trained on short ones.</summary>
    /// <param name="utterance">The utterance; its file has any format that <see cref="AudioFile"/> reads.</param>
    /// <param name="cancellationToken">Ends the decoding of the file, and the work between two parts.</param>
    /// <exception cref="StableQuantException">The audio is too short for a single frame.</exception>
    /// <exception cref="AudioFormatException">The file cannot be decoded.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public Transcript Transcribe(Utterance utterance, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(utterance);
        float[] pcm = utterance.Load(cancellationToken);
        if (pcm.Length <= QuietCuts.MaxWhole || source.Head is not Vocabulary)
        {
            return Transcribe(utterance.AudioPath, pcm);
        }

        var heard = new List<Transcript>();
        foreach ((int start, int length) in QuietCuts.Cut(pcm))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (length >= Fit(length).MinSamples)
            {
                heard.Add(Transcribe(utterance.AudioPath, pcm.AsSpan(start, length)));
            }
        }

        return new Transcript(
            string.Join(' ', heard.Select(part => part.Text).Where(text => text.Length > 0)), (double)pcm.Length / AudioFile.ModelRate, heard.Sum(part => part.ModelSeconds));
    }

    private Transcript Transcribe(string audioPath, ReadOnlySpan<float> pcm)
    {
        ICompiledModel model = Fit(pcm.Length);
        AudioLength.RequireFrame(audioPath, pcm.Length, model.MinSamples);
        long start = Stopwatch.GetTimestamp();
        try
        {
            string answer = model is ISpeechModel speech ? Words(speech, pcm) : measure.Answer(model.Outputs(pcm, out _));
            return new Transcript(answer, (double)pcm.Length / model.SampleRate, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        catch (ArgumentException e)
        {
            throw new StableQuantException($"{audioPath}: {e.Message}", e);
        }
    }

    private string Words(ISpeechModel speech, ReadOnlySpan<float> pcm)
    {
        int capacity = speech.MaxTextLength(pcm.Length);
        if (text.Length < capacity)
        {
            text = new char[capacity];
        }

        return new string(text, 0, speech.Transcribe(pcm, text));
    }

    /// <inheritdoc/>
    public void Dispose() => model?.Dispose();

    /// <summary>Loads an utterance that must make at least one frame.</summary>
    /// <param name="utterance">The utterance.</param>
    /// <param name="minSamples">Samples that make a frame.</param>
    /// <param name="cancellationToken">Ends the decoding of the file.</param>
    /// <returns>Samples, mono, at 16 kHz.</returns>
    /// <exception cref="StableQuantException">The audio is too short.</exception>
    /// <exception cref="AudioFormatException">The file cannot be decoded.</exception>
    internal static float[] Load(Utterance utterance, int minSamples, CancellationToken cancellationToken)
    {
        float[] pcm = utterance.Load(cancellationToken);
        AudioLength.RequireFrame(utterance.AudioPath, pcm.Length, minSamples);
        return pcm;
    }

    private ICompiledModel Fit(int samples)
    {
        if (model is null || model.MaxSamples < samples)
        {
            model?.Dispose();
            model = null;
            // By doubling, so that utterances in rising order of length do not make an instance each.
            double capacity = FirstCapacitySeconds;
            while (capacity * AudioFile.ModelRate < samples)
            {
                capacity *= 2;
            }

            model = source.CreateAny(capacity);
        }

        return model;
    }
}

/// <summary>What a model heard in one recording.</summary>
/// <param name="Text">The words, or the answer of a model that has none (<see cref="Measures.Measure"/>).</param>
/// <param name="AudioSeconds">Length of the recording.</param>
/// <param name="ModelSeconds">Time that the model took, without reading and decoding the file.</param>
public sealed record Transcript(string Text, double AudioSeconds, double ModelSeconds);
