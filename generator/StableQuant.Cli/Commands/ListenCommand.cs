using System.CommandLine;
using System.Globalization;
using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Evaluate;
using StableQuant.Cli.Output;
using StableQuant.Streaming;

namespace StableQuant.Cli.Commands;

/// <summary><c>stablequant listen MODEL</c>: what is said on standard input, line by line while it is said.</summary>
internal static class ListenCommand
{
    private const double MaxUtterance = 20;

    public static Command Create()
    {
        Argument<string> model = SharedOptions.Model();
        var floatModel = new FloatModelSettings();
        Option<int> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("listen", "Transcribe standard input (16 kHz, 16 bit, little-endian, mono) as it comes: one line an utterance, start and end in seconds, text.")
        {
            model, threads, json,
        };
        floatModel.AddTo(command);
        command.Handle((parse, cancellationToken) =>
        {
            using IModelSource source = floatModel.Open(parse, parse.GetRequiredValue(model), parse.GetValue(threads));
            using ISpeechModel instance = source.Create(MaxUtterance);
            using Stream input = Console.OpenStandardInput();
            var utterances = new List<object>();
            bool isJson = parse.GetValue(json);
            var live = new LiveText(isVisible: !isJson && !Console.IsOutputRedirected);
            var stream = new StreamingSession(
                instance,
                (scoped in SpeechResult result) => Tell(result, instance.SampleRate, live, isJson ? utterances : null),
                new StreamingOptions { PartialInterval = live.IsVisible ? TimeSpan.FromMilliseconds(400) : TimeSpan.Zero });
            stream.Listen(input, cancellationToken);
            if (isJson)
            {
                JsonOutput.Write(new { utterances });
            }

            return ExitStatus.Done;
        });
        return command;
    }

    private static void Tell(in SpeechResult result, int rate, LiveText live, List<object>? utterances)
    {
        if (!result.IsFinal)
        {
            live.Show(result.Text);
            return;
        }

        live.Clear();
        if (result.Text.IsEmpty)
        {
            return;
        }

        double start = result.StartSample / (double)rate, end = result.EndSample / (double)rate;
        if (utterances is not null)
        {
            utterances.Add(new { start = Math.Round(start, 3), end = Math.Round(end, 3), text = result.Text.ToString(), confidence = Math.Round(result.Confidence, 3) });
            return;
        }

        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{start:0.00}\t{end:0.00}\t{result.Text}"));
        Console.Out.Flush();
    }

    /// <summary>The line on a terminal that says what has been heard of an utterance so far.</summary>
    private sealed class LiveText(bool isVisible)
    {
        private int length;

        public bool IsVisible => isVisible;

        public void Show(ReadOnlySpan<char> text)
        {
            // The end of it, where it is longer than the line.
            int width = Math.Max(Console.WindowWidth - 1, 1);
            text = text.Length > width ? text[^width..] : text;
            Clear();
            Console.Out.Write(text);
            Console.Out.Flush();
            length = text.Length;
        }

        public void Clear()
        {
            if (length > 0)
            {
                Console.Out.Write("\r" + new string(' ', length) + "\r");
                length = 0;
            }
        }
    }
}
