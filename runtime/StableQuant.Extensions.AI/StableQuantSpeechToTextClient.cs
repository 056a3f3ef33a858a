using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using StableQuant.Audio;
using StableQuant.Recognition;

namespace StableQuant.Extensions.AI;

/// <summary>
/// Speech to text by a compiled model, in this process. For any number of calls at a time: each takes an instance of the model from a pool, and
/// waits where none is free. A call's audio is read before it takes one; a stream of raw samples keeps one from its first sample to its end.
/// </summary>
/// <remarks>
/// <para>Audio is a recording whose content tells its format, or raw samples where <see cref="SpeechToTextOptions.AdditionalProperties"/> says so
/// (<see cref="AudioFormat"/>). <see cref="SpeechToTextOptions.RawRepresentationFactory"/> may make <see cref="RecognizerOptions"/> for one call, with a search for
/// instance: their workspace is made for it, so those of the client are faster.</para>
/// <para>Words with times and confidence are in <c>RawRepresentation</c>, a <see cref="Transcription"/>.</para>
/// </remarks>
public sealed class StableQuantSpeechToTextClient : ISpeechToTextClient
{
    /// <summary>Key of <see cref="SpeechToTextOptions.AdditionalProperties"/> that tells the format of audio that does not tell it itself.</summary>
    public const string AudioFormat = "audio_format";

    /// <summary>
    /// Value of <see cref="AudioFormat"/>: raw samples of 16 bits, little-endian, mono, at <see cref="SpeechToTextOptions.SpeechSampleRate"/>, 16000 where
    /// that is null. Streams of them are heard while they arrive.
    /// </summary>
    public const string RawPcm = "s16le";

    private readonly StableQuantSpeechToTextOptions options;
    private readonly SpeechToTextClientMetadata metadata;
    private readonly RecognizerPool pool;

    /// <summary>Makes a client without instances: they are made as they are needed.</summary>
    /// <param name="make">
    /// Makes an instance of the model, on any thread: <c>() => new Commands(16)</c>. It should take the longest utterance of the options, 16 s by default.
    /// </param>
    /// <param name="options">How calls are served; null for the defaults.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public StableQuantSpeechToTextClient(Func<ISpeechModel> make, StableQuantSpeechToTextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(make);
        this.options = options ?? new StableQuantSpeechToTextOptions();
        this.options.Check();
        metadata = new SpeechToTextClientMetadata("stablequant", defaultModelId: this.options.ModelId);
        pool = new RecognizerPool(make, this.options.PoolSize, this.options.Recognition);
    }

    /// <summary>Recognises a recording of any length.</summary>
    /// <param name="audioSpeechStream">The audio, from where the stream stands; it is read to its end and left open.</param>
    /// <param name="options">What this call asks for.</param>
    /// <param name="cancellationToken">Ends reading, waiting, and the recognition between two half seconds.</param>
    /// <returns>
    /// The text, from the start of its first word to the end of its last; its <see cref="SpeechToTextResponse.RawRepresentation"/> is the <see cref="Transcription"/>.
    /// </returns>
    /// <exception cref="ArgumentException">The options ask for what this client or its model cannot do.</exception>
    /// <exception cref="AudioFormatException">The audio cannot be read; the message says where and why.</exception>
    /// <exception cref="IOException">The stream broke.</exception>
    /// <exception cref="TimeoutException">No instance was free in time.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public async Task<SpeechToTextResponse> GetTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audioSpeechStream);
        SpeechRequest request = SpeechRequest.Of(this, options, this.options);
        float[] samples = await new SpeechAudio(audioSpeechStream, request.RawRate).ReadAsync(cancellationToken).ConfigureAwait(false);
        using RecognizerLease lease = await RentAsync(cancellationToken).ConfigureAwait(false);
        Transcription heard = await Task.Run(() => RecognizerFor(request, lease).Recognize(samples, cancellationToken), cancellationToken).ConfigureAwait(false);
        return new SpeechToTextResponse(heard.Text)
        {
            StartTime = heard.Words.Count > 0 ? TimeSpan.FromSeconds(heard.Words[0].Start) : null,
            EndTime = heard.Words.Count > 0 ? TimeSpan.FromSeconds(heard.Words[^1].End) : null,
            ModelId = this.options.ModelId,
            RawRepresentation = heard,
        };
    }

    /// <summary>Recognises a recording, or live speech, utterance by utterance.</summary>
    /// <param name="audioSpeechStream">The audio, from where the stream stands; it is left open. Raw samples are heard as they arrive, a recording when it is complete.</param>
    /// <param name="options">What this call asks for.</param>
    /// <param name="cancellationToken">Ends reading, waiting, and the recognition between two utterances.</param>
    /// <returns>
    /// A session that opens and closes, and in it for each utterance a text that never changes (<c>TextUpdated</c>), whose <c>RawRepresentation</c> is the <see cref="Transcription"/> of
    /// the utterance with times from the start of the audio. Before it come, where the options have a <c>PartialInterval</c>, texts that may change (<c>TextUpdating</c>).
    /// Texts behind the first begin with a space where the model has one, so that the final ones make the whole text when they are put together.
    /// </returns>
    /// <exception cref="ArgumentException">The options ask for what this client or its model cannot do.</exception>
    /// <exception cref="AudioFormatException">The audio cannot be read; the message says where and why.</exception>
    /// <exception cref="IOException">The stream broke.</exception>
    /// <exception cref="TimeoutException">No instance was free in time.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed of.</exception>
    public IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(audioSpeechStream);
        SpeechRequest request = SpeechRequest.Of(this, options, this.options);
        return request.RawRate is null or AudioFile.ModelRate
            ? StreamAsync(audioSpeechStream, request, cancellationToken)
            : throw new ArgumentException(
                $"SpeechSampleRate is {request.RawRate}; raw samples are heard live at {AudioFile.ModelRate}. Send them at that rate, or call GetTextAsync.", nameof(options));
    }

    /// <summary>
    /// What is behind this client: <see cref="SpeechToTextClientMetadata"/>, <see cref="StableQuantSpeechToTextOptions"/>, the <see cref="RecognizerPool"/>, which
    /// the client disposes of, or the client itself.
    /// </summary>
    /// <param name="serviceType">The type.</param>
    /// <param name="serviceKey">Null; nothing here has a key.</param>
    /// <returns>It, or null.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is null ? new object[] { this, metadata, options, pool }.FirstOrDefault(serviceType.IsInstanceOfType) : null;
    }

    /// <summary>Disposes of the instances: those at work when they are done.</summary>
    public void Dispose() => pool.Dispose();

    private async IAsyncEnumerable<SpeechToTextResponseUpdate> StreamAsync(
        Stream audio, SpeechRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return new SpeechToTextResponseUpdate { Kind = SpeechToTextResponseUpdateKind.SessionOpen, ModelId = options.ModelId };
        RecognizerLease? lease = null;
        try
        {
            UtteranceUpdates? utterances = null;
            await foreach (ReadOnlyMemory<float> part in new SpeechAudio(audio, request.RawRate).ReadPartsAsync(cancellationToken).ConfigureAwait(false))
            {
                lease ??= await RentAsync(cancellationToken).ConfigureAwait(false);
                utterances ??= new UtteranceUpdates(lease.Model, RecognizerFor(request, lease), (request.Recognition ?? options.Recognition).Cutting, options.ModelId);
                foreach (SpeechToTextResponseUpdate update in await Task.Run(() => utterances.Hear(part.Span), cancellationToken).ConfigureAwait(false))
                {
                    yield return update;
                }
            }

            if (utterances is not null)
            {
                foreach (SpeechToTextResponseUpdate update in await Task.Run(utterances.Finish, cancellationToken).ConfigureAwait(false))
                {
                    yield return update;
                }
            }
        }
        finally
        {
            lease?.Dispose();
        }

        yield return new SpeechToTextResponseUpdate { Kind = SpeechToTextResponseUpdateKind.SessionClose, ModelId = options.ModelId };
    }

    private static Recognizer RecognizerFor(SpeechRequest request, RecognizerLease lease) =>
        request.Recognition is null ? lease.Recognizer : new Recognizer(lease.Model, request.Recognition);

    private async Task<RecognizerLease> RentAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.MaxWait);
        try
        {
            return await pool.RentAsync(patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"No instance of the model was free within {options.MaxWait.TotalSeconds} s. Raise PoolSize or MaxWait, or send fewer calls at a time.");
        }
    }
}
