using System.Globalization;
using System.Text;
using StableQuant.Audio;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;
using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Simulate;

/// <summary>How far apart two models are on some speech.</summary>
/// <param name="Utterances">Utterances heard.</param>
/// <param name="EqualTranscripts">Those of which both models made the same text.</param>
/// <param name="Frames">Frames of all utterances.</param>
/// <param name="OtherTokens">Frames whose most likely token differs.</param>
/// <param name="MeanDifference">Mean absolute difference of two logits.</param>
internal sealed record Distance(int Utterances, int EqualTranscripts, int Frames, int OtherTokens, double MeanDifference)
{
    public double ShareEqual => (double)EqualTranscripts / Utterances;

    public double ShareOfOtherTokens => (double)OtherTokens / Frames;

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{EqualTranscripts} of {Utterances} transcripts equal, most likely token differs in {OtherTokens} of {Frames} frames, mean difference of logits {MeanDifference:G4}");
}

/// <summary>The compiled model, its simulation and the float model on the same speech.</summary>
/// <param name="FromSimulation">From the compiled model to its simulation: what ours does differently.</param>
/// <param name="OfQuantization">From the simulation to the float model: what quantisation itself does.</param>
/// <param name="OfRounding">
/// From the simulation to itself with every step longer by one part in a million, which is the accuracy stated for our
/// GELU: a value in the middle between two steps goes either way, and each such choice makes others further on.
/// </param>
internal sealed record Comparison(Distance FromSimulation, Distance OfQuantization, Distance OfRounding)
{
    /// <summary>Runs the three models.</summary>
    /// <param name="model">The quantized commands model.</param>
    /// <param name="manifest">The speech.</param>
    public static Comparison Run(string model, string manifest)
    {
        OnnxFile file = OnnxFile.Load(TestFiles.FloatCommands);
        ModelDescription description = SqModelFile.Read(model);
        IReadOnlyDictionary<string, string> values = OnnxImporter.Import(file).OnnxValues;

        using CompiledModelSource source = CompiledModelSource.Load(model);
        using ISpeechModel compiled = source.Create(maxSeconds: 30);
        using var simulated = new OnnxRunner(SimulatedModel.Build(file, values, description));
        using var nudged = new OnnxRunner(SimulatedModel.Build(file, values, description.Nudged()));
        using var original = new OnnxRunner(File.ReadAllBytes(TestFiles.FloatCommands));
        var fromSimulation = new Counter((Vocabulary)description.Head);
        var ofQuantization = new Counter((Vocabulary)description.Head);
        var ofRounding = new Counter((Vocabulary)description.Head);
        foreach (Utterance utterance in SpeechDataset.Load(manifest).Utterances)
        {
            float[] pcm = AudioFile.Load16k(utterance.AudioPath);
            var logits = new float[compiled.FrameCount(pcm.Length) * compiled.VocabularySize];
            compiled.Logits(pcm, logits);
            float[] expected = simulated.Logits(pcm);
            var text = new char[compiled.MaxTextLength(pcm.Length)];
            string heard = new(text, 0, compiled.Transcribe(pcm, text));
            fromSimulation.Add(logits, heard, expected);
            ofQuantization.Add(expected, fromSimulation.Text(expected), original.Logits(pcm));
            ofRounding.Add(expected, fromSimulation.Text(expected), nudged.Logits(pcm));
        }

        return new Comparison(fromSimulation.Total, ofQuantization.Total, ofRounding.Total);
    }

    private sealed class Counter(Vocabulary vocabulary)
    {
        private int utterances;
        private int equal;
        private int frames;
        private int otherTokens;
        private long values;
        private double difference;

        public Distance Total => new(utterances, equal, frames, otherTokens, difference / values);

        public void Add(float[] logits, string text, float[] others)
        {
            others.Length.ShouldBe(logits.Length);
            utterances++;
            equal += text == Text(others) ? 1 : 0;
            values += logits.Length;
            difference += logits.Zip(others, (x, y) => Math.Abs((double)x - y)).Sum();
            int[] tokens = Tokens(logits);
            frames += tokens.Length;
            otherTokens += tokens.Zip(Tokens(others)).Count(pair => pair.First != pair.Second);
        }

        /// <summary>Greedy CTC: the most likely token of each frame, repetitions once, without blanks.</summary>
        public string Text(float[] logits)
        {
            var text = new StringBuilder();
            int previous = -1;
            foreach (int token in Tokens(logits))
            {
                string written = vocabulary.Tokens[token];
                if (token != previous && !written.StartsWith('<'))
                {
                    text.Append(token == vocabulary.WordDelimiter ? " " : written);
                }

                previous = token;
            }

            return string.Join(' ', text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        private int[] Tokens(float[] logits) =>
            [.. logits.Chunk(vocabulary.Tokens.Count).Select(frame => Array.IndexOf(frame, frame.Max()))];
    }
}
