using StableQuant.Audio;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Speech;

namespace StableQuant.Calibration.Simulate;

/// <summary>
/// The utterances that a search hears: the data set's own and, as a stand-in for rooms and microphones that calibration
/// does not know, some of them again as through a telephone: band-limited to half the bandwidth, with noise.
/// </summary>
internal sealed class SearchSpeech
{
    private const int TelephoneRate = AudioFile.ModelRate / 2;

    /// <summary>Noise relative to speech, in amplitude: −30 dB.</summary>
    private const float NoiseLevel = 0.0316f;

    private readonly FloatModel model;
    private readonly int minSamples;
    private readonly SpeechDataset data;
    private readonly int every;

    /// <summary>Chooses the utterances.</summary>
    /// <param name="model">The model that hears them.</param>
    /// <param name="data">The data set.</param>
    /// <param name="every">One of so many utterances is heard again; 0 for none.</param>
    public SearchSpeech(FloatModel model, SpeechDataset data, int every)
    {
        this.model = model;
        minSamples = new FrameGeometry(model).MinSamples;
        this.data = data;
        this.every = every;
        Originals = data.Utterances.Count;
        Count = Originals + (every == 0 ? 0 : (Originals + every - 1) / every);
    }

    /// <summary>The data set's name.</summary>
    public string Name => data.Name;

    /// <summary>Number of utterances as they are; they come first.</summary>
    public int Originals { get; }

    /// <summary>Number of all.</summary>
    public int Count { get; }

    /// <summary>Length of all; a copy is as long as its original.</summary>
    public double Seconds(CancellationToken cancellationToken)
    {
        double[] originals = [.. Enumerable.Range(0, Originals).Select(i => (double)(data.Utterances[i].Samples ?? Samples(i, cancellationToken).Length))];
        return Enumerable.Range(0, Count).Sum(i => originals[Original(i)]) / AudioFile.ModelRate;
    }

    /// <summary>What was said in one of the originals.</summary>
    public string Reference(int index) => data.Utterances[index].Transcript!;

    /// <summary>What the model's first layer reads of an utterance.</summary>
    public float[] Load(int index, CancellationToken cancellationToken)
    {
        float[] pcm = Samples(index, cancellationToken);
        return model.FrontEnd.Apply(index >= Originals ? Telephone(pcm, index) : pcm);
    }

    private float[] Samples(int index, CancellationToken cancellationToken) =>
        Transcriber.Load(data.Utterances[Original(index)], minSamples, cancellationToken);

    private int Original(int index) => index >= Originals ? (index - Originals) * every : index;

    private static float[] Telephone(float[] pcm, int seed)
    {
        float[] narrow = Resampler.Resample(pcm, AudioFile.ModelRate, TelephoneRate);
        float level = (float)Math.Sqrt(FloatFrontEnd.Moments(narrow).Variance) * NoiseLevel;
        var random = new Random(seed);
        for (int i = 0; i < narrow.Length; i++)
        {
            // The sum of three uniform numbers is bell-shaped enough; its deviation is 1/2.
            float noise = random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f;
            narrow[i] += noise * 2 * level;
        }

        return Resampler.Resample(narrow, TelephoneRate, AudioFile.ModelRate);
    }
}
