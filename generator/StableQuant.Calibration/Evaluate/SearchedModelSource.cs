using StableQuant.Decoding;
using StableQuant.Decoding.Search;
using StableQuant.Graph;

namespace StableQuant.Calibration.Evaluate;

/// <summary>A model whose texts are found by a beam search in place of greedy decoding; its logits are the model's own.</summary>
/// <param name="source">The model; disposed with this.</param>
/// <param name="options">How to search.</param>
/// <exception cref="ArgumentException">An option is out of its range, or is not for this vocabulary.</exception>
/// <exception cref="InvalidDataException">Hotwords or grammar have a character that the vocabulary lacks.</exception>
public sealed class SearchedModelSource(IModelSource source, SearchOptions options) : IModelSource
{
    // What a search prepares of its models is made once.
    private readonly CtcBeamSearch shared = new(
        Vocabulary(source.Require<Vocabulary>()), options);

    /// <inheritdoc/>
    public string Name => source.Name;

    /// <inheritdoc/>
    public Head Head => source.Head;

    /// <inheritdoc/>
    public int Width => source.Width;

    /// <inheritdoc/>
    public ICompiledModel CreateAny(double maxSeconds) => Create(maxSeconds);

    /// <inheritdoc/>
    public ISpeechModel Create(double maxSeconds) => new Instance(source.Create(maxSeconds), new CtcBeamSearch(shared));

    /// <inheritdoc/>
    public void Dispose() => source.Dispose();

    private static CtcVocabulary Vocabulary(Vocabulary vocabulary) => new([.. vocabulary.Tokens], vocabulary.Blank, vocabulary.WordDelimiter);

    private sealed class Instance(ISpeechModel model, CtcBeamSearch search) : ISpeechModel
    {
        private float[] logits = [];
        private CtcToken[] tokens = [];

        public int SampleRate => model.SampleRate;

        public int MaxSamples => model.MaxSamples;

        public int MinSamples => model.MinSamples;

        public int SamplesPerFrame => model.SamplesPerFrame;

        public CtcVocabulary Vocabulary => model.Vocabulary;

        public int VocabularySize => model.VocabularySize;

        public string Kernels => model.Kernels;

        public int FrameCount(int samples) => model.FrameCount(samples);

        public int MaxTextLength(int samples) => model.MaxTextLength(samples);

        public int Logits(ReadOnlySpan<float> pcm16k, Span<float> target) => model.Logits(pcm16k, target);

        public int Transcribe(ReadOnlySpan<float> pcm16k, Span<char> text)
        {
            int values = model.FrameCount(pcm16k.Length) * model.VocabularySize;
            if (logits.Length < values)
            {
                logits = new float[values];
            }

            int frames = model.Logits(pcm16k, logits);
            if (search.Search(logits, frames) == 0)
            {
                return 0;
            }

            if (tokens.Length < frames)
            {
                tokens = new CtcToken[frames];
            }

            return model.Vocabulary.WriteText(tokens.AsSpan(0, search.CopyTokens(0, tokens)), text);
        }

        public void Dispose() => model.Dispose();
    }
}
