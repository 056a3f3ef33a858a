using System.Globalization;
using System.Text.RegularExpressions;

namespace StableQuant.Graph;

/// <summary>
/// Reads the text of a <c>.sqmodel</c>: head lines, then one operation a line. What it returns is consistent: names are
/// unique, inputs exist, shapes fit, blocks lie within the weights file.
/// </summary>
public static class DescriptionReader
{
    /// <summary>Reads a description.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="error">The first error, with its place; null when there is none.</param>
    /// <returns>The description; null when there is an error.</returns>
    public static ModelDescription? Read(string text, out DescriptionError? error)
    {
        try
        {
            error = null;
            return Read(text.Replace("\r\n", "\n").TrimStart('\uFEFF').Split('\n'));
        }
        catch (DescriptionException exception)
        {
            error = exception.Error;
            return null;
        }
    }

    private static ModelDescription Read(string[] lines)
    {
        var operations = new OperationReader();
        var remainders = new List<RemainderShare>();
        var measurements = new List<Measurement>();
        string? name = null;
        WeightsFile? weights = null;
        AudioFrontEnd? audio = null;
        Vocabulary? vocabulary = null;
        Receipt? receipt = null;
        bool versionRead = false;

        for (int i = 0; i < lines.Length; i++)
        {
            var line = new LineReader(lines[i], i + 1);
            if (line.IsEmpty)
            {
                continue;
            }

            string word = line.First.Value;
            if (!versionRead)
            {
                ReadVersion(line);
                versionRead = true;
            }
            else if (line.First is { Key: null, Quoted: false } && HeadLines.Contains(word) && !line.IsOperation)
            {
                line.Word("A line's first word");
                switch (word)
                {
                    case "model":
                        name = Once(line, name, line.Word("The model's name").Value);
                        break;
                    case "weights":
                        weights = Once(line, weights, ReadWeights(line));
                        break;
                    case "audio":
                        audio = Once(line, audio, new AudioFrontEnd(line.Int("rate", 16000, 16000), line.PositiveFloat("epsilon")));
                        break;
                    case "vocabulary":
                        vocabulary = Once(line, vocabulary, ReadVocabulary(line));
                        break;
                    case "calibrated":
                        receipt = Once(line, receipt, ReadReceipt(line));
                        break;
                    case "remainders":
                        remainders.Add(new RemainderShare(line.Text("layer").Value, line.Number("share", 0, 1)));
                        break;
                    default:
                        measurements.Add(ReadMeasurement(line));
                        break;
                }

                line.Finish();
            }
            else
            {
                if (weights is null || vocabulary is null)
                {
                    throw line.Error(line.First, "The lines 'weights' and 'vocabulary' come before the first operation.");
                }

                operations.Read(line, weights);
            }
        }

        var end = new LineReader("", Math.Max(1, lines.Length));
        DescriptionException Missing(string what) => end.Error(new Token(null, "", false, 1, 1), $"The line '{what}' is missing; the file may be cut off.");
        if (!versionRead)
        {
            throw Missing($"sqmodel {ModelDescription.FormatVersion}");
        }

        Vocabulary tokens = vocabulary ?? throw Missing("vocabulary");
        operations.Finish(end, tokens);
        return new ModelDescription(
            name ?? throw Missing("model"),
            weights ?? throw Missing("weights"),
            audio ?? throw Missing("audio"),
            tokens,
            (receipt ?? throw Missing("calibrated")) with { Remainders = new(remainders), Measurements = new(measurements) },
            new(operations.Operations));
    }

    private static readonly HashSet<string> HeadLines = ["model", "weights", "audio", "vocabulary", "calibrated", "remainders", "measured"];

    private static T Once<T>(LineReader line, T? before, T now)
        where T : class =>
        before is null ? now : throw line.Error(line.First, $"A second line '{line.First.Value}'; remove one.");

    private static void ReadVersion(LineReader line)
    {
        Token magic = line.Word("'sqmodel'");
        if (magic.Value != "sqmodel")
        {
            throw line.Error(magic, "This is not a quantized graph description: its first line is 'sqmodel' and the format's version.");
        }

        Token version = line.Word("The format's version");
        if (version.Value != ModelDescription.FormatVersion.ToString(CultureInfo.InvariantCulture))
        {
            if (long.TryParse(version.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > ModelDescription.FormatVersion)
            {
                string message = $"Format version {number} is newer than this compiler, which reads version {ModelDescription.FormatVersion}. Update StableQuant.Compiler.";
                throw new DescriptionException(line.Error(version, message).Error with { IsNewerFormat = true });
            }

            throw line.Error(
                version, $"Format version {version.Value} is not known; this compiler reads version {ModelDescription.FormatVersion}. Calibrate again.");
        }

        line.Finish();
    }

    // \z, not $: a quoted text may end in an escaped newline.
    private const string Sha256Form = @"^[0-9a-f]{64}\z";

    private static WeightsFile ReadWeights(LineReader line)
    {
        string hash = Sha256(line, "sha256");
        return new WeightsFile(hash, line.Integer("bytes", 1, long.MaxValue));
    }

    private static string Sha256(LineReader line, string key)
    {
        Token hash = line.Text(key);
        return Regex.IsMatch(hash.Value, Sha256Form) ? hash.Value : throw line.Error(hash, $"'{key}' must be 64 lower-case hexadecimal digits.");
    }

    private static Vocabulary ReadVocabulary(LineReader line)
    {
        string[] tokens = [.. line.Texts().Select(t => t.Value)];
        if (tokens.Length is < 2 or > 65536)
        {
            throw line.Error(line.First, "A vocabulary has 2 to 65536 tokens, each in quotation marks.");
        }

        return new Vocabulary(new(tokens), line.Int("blank", 0, tokens.Length - 1), line.Int("space", -1, tokens.Length - 1));
    }

    private static Receipt ReadReceipt(LineReader line) => new(
        line.Text("method").Value,
        new(line.Text("levers").Value.Split([' '], StringSplitOptions.RemoveEmptyEntries)),
        new([]),
        new([]));

    private static Measurement ReadMeasurement(LineReader line) => new(
        line.Text("role").Value,
        line.Text("data").Value,
        line.Int("utterances", 0, int.MaxValue),
        line.Int("words", 0, int.MaxValue),
        Sha256(line, "manifest"),
        line.Number("float-wer", 0, 1000),
        line.Number("quantized-wer", 0, 1000),
        line.Has("differing") ? line.Number("differing", 0, 1000) : null);
}
