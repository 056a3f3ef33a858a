using StableQuant.Audio;
using StableQuant.Recognition;

namespace StableQuant;

/// <summary>
/// The easy way to words: every call makes what it needs, so that nothing has to be kept. Where calls are many, a <see cref="Recognizer"/> or
/// a <see cref="RecognizerPool"/> is faster, and the model's own methods, which write to spans, allocate nothing.
/// </summary>
public static class SpeechModelExtensions
{
    /// <summary>The text of a recording of any length.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pcm16k">Samples, mono, nominally in −1 … 1, at the model's rate.</param>
    /// <param name="cancellationToken">Stops between two half seconds.</param>
    /// <exception cref="ArgumentException">A sample is not finite, or the model takes less than 2 s.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static string Transcribe(this ISpeechModel model, ReadOnlySpan<float> pcm16k, CancellationToken cancellationToken = default) =>
        new Recognizer(model).Recognize(pcm16k, cancellationToken).Text;

    /// <summary>The text of a recording of 16-bit samples; otherwise as with floats.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pcm16k">Samples, mono, at the model's rate.</param>
    /// <param name="cancellationToken">Stops between two half seconds.</param>
    public static string Transcribe(this ISpeechModel model, ReadOnlySpan<short> pcm16k, CancellationToken cancellationToken = default) =>
        new Recognizer(model).Recognize(pcm16k, cancellationToken).Text;

    /// <summary>The text of a recording from a stream, in any format that <see cref="AudioFile"/> reads. The stream is left open.</summary>
    /// <param name="model">The model.</param>
    /// <param name="audio">The recording, from where the stream stands.</param>
    /// <param name="cancellationToken">Stops between two half seconds.</param>
    /// <exception cref="AudioFormatException">The stream cannot be decoded.</exception>
    public static string Transcribe(this ISpeechModel model, Stream audio, CancellationToken cancellationToken = default) =>
        new Recognizer(model).Recognize(audio, cancellationToken).Text;

    /// <summary>The text of an audio file, in any format that <see cref="AudioFile"/> reads.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops reading, and the recognition between two half seconds.</param>
    /// <exception cref="AudioFormatException">The file cannot be decoded.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static string TranscribeFile(this ISpeechModel model, string path, CancellationToken cancellationToken = default) =>
        new Recognizer(model).RecognizeFile(path, cancellationToken).Text;

    /// <summary>The words of a recording of any length, with times and confidence.</summary>
    /// <param name="model">The model.</param>
    /// <param name="pcm16k">Samples, mono, nominally in −1 … 1, at the model's rate.</param>
    /// <param name="cancellationToken">Stops between two half seconds.</param>
    /// <exception cref="ArgumentException">A sample is not finite, or the model takes less than 2 s.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static Transcription Recognize(this ISpeechModel model, ReadOnlySpan<float> pcm16k, CancellationToken cancellationToken = default) =>
        new Recognizer(model).Recognize(pcm16k, cancellationToken);

    /// <summary>The words of an audio file, in any format that <see cref="AudioFile"/> reads.</summary>
    /// <param name="model">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Stops reading, and the recognition between two half seconds.</param>
    /// <exception cref="AudioFormatException">The file cannot be decoded.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static Transcription RecognizeFile(this ISpeechModel model, string path, CancellationToken cancellationToken = default) =>
        new Recognizer(model).RecognizeFile(path, cancellationToken);
}
