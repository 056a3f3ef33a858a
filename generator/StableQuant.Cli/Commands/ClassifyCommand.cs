using System.CommandLine;
using System.Globalization;
using StableQuant.Audio;
using StableQuant.Calibration.Evaluate;
using StableQuant.Cli.Output;
using StableQuant.Graph;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant classify MODEL FILE…</c>: one line a file, path, TAB, label, TAB, probability; of a model that classifies frames, when each class is active.</summary>
internal static class ClassifyCommand
{
    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        Argument<string[]> files = AudioInput.Files();
        var top = new Option<int>("--top") { Description = "How many classes to name, the most probable first.", HelpName = "N", DefaultValueFactory = _ => 1 };
        top.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }] && int.TryParse(text, out int count) && count < 1)
            {
                result.AddError("--top takes 1 or more.");
            }
        });
        Option<ChannelChoice> channel = AudioInput.Channel();
        var floatModel = new FloatModelSettings();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("classify", "Tell the class of audio files: one line a file, path, TAB, label, TAB, probability. Of a model that classifies frames: start, end, label of each stretch.")
        {
            model, files, top, channel, threads, json,
        };
        floatModel.AddTo(command);
        command.Handle((parse, cancellationToken) =>
        {
            ChannelChoice heard = AudioInput.OneChannel(parse, channel);

            using IModelSource source = floatModel.Open(parse, parse.GetRequiredValue(model), parse.GetValue(threads));
            Classes classes = source.Require<Classes>();
            var output = new Output(classes, parse.GetValue(top), parse.GetValue(json));
            using var recordings = new RecordingFiles(source);
            int status = recordings.Run(parse.GetRequiredValue(files), heard, output.Write, output.Fail, cancellationToken);
            output.End();
            return status;
        });
        return command;
    }

    /// <summary>How answers are printed.</summary>
    private sealed class Output(Classes classes, int top, bool json)
    {
        private readonly List<object> entries = [];
        private readonly int[] best = new int[Math.Min(top, classes.Labels.Count)];

        public void Write(string path, ICompiledModel model, float[] pcm)
        {
            var classifier = (ISpeechClassifier)model;
            var probabilities = new float[classifier.FrameCount(pcm.Length) * classifier.Labels.Count];
            classifier.Classify(pcm, probabilities);
            if (classes.PerFrame)
            {
                WriteStretches(path, classifier, pcm.Length, probabilities);
                return;
            }

            classifier.Labels.Rank(probabilities, best);
            if (json)
            {
                entries.Add(new { path, Label = classes.Labels[best[0]], Classes = best.Select(i => new { Label = classes.Labels[i], Probability = Math.Round(probabilities[i], 6) }) });
                return;
            }

            for (int i = 0; i < best.Length; i++)
            {
                TextLines.Write(i == 0 ? path : "", classes.Labels[best[i]], probabilities[best[i]].ToString("0.0000", CultureInfo.InvariantCulture));
            }
        }

        public void Fail(string path, string error) => entries.Add(new { path, error });

        public void End()
        {
            if (json)
            {
                JsonOutput.Write(new { Files = entries });
            }
        }

        private void WriteStretches(string path, ISpeechClassifier classifier, int samples, float[] probabilities)
        {
            IReadOnlyList<ActiveStretch> stretches = ActiveStretch.Find(classes, probabilities, classifier.SamplesPerFrame / (double)classifier.SampleRate, samples / (double)classifier.SampleRate);
            if (json)
            {
                entries.Add(new { path, Stretches = stretches.Select(s => new { Start = Math.Round(s.Start, 3), End = Math.Round(s.End, 3), s.Label, Probability = Math.Round(s.Probability, 6) }) });
                return;
            }

            TextLines.Write(path);
            foreach (ActiveStretch stretch in stretches)
            {
                TextLines.Write(Decimal(stretch.Start), Decimal(stretch.End), Decimal(stretch.Probability), stretch.Label);
            }
        }

        private static string Decimal(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
    }
}
