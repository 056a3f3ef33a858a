using System.Globalization;
using StableQuant.Graph.Validation;

namespace StableQuant.Graph.Text;

/// <summary>
/// Reads the text of a <c>.sqmodel</c>: head lines, then one operation a line. This is syntax; what it says is checked by
/// <see cref="ModelValidator"/>, whose errors get the place of their words here.
/// </summary>
public sealed class DescriptionReader
{
    /// <summary>The largest text read; a model of a thousand layers has less than a million characters.</summary>
    private const int MaxCharacters = 64 << 20;

    private static readonly HashSet<string> HeadLines = ["model", "weights", "audio", "vocabulary", "classes", "embedding", "calibrated", "remainders", "stored", "measured", "figure"];

    // The lines of each kind, in order, for the places of errors.
    private readonly Dictionary<string, List<LineReader>> lines = new(StringComparer.Ordinal);
    private readonly List<Operation> operations = [];
    private readonly List<OutlierShare> outliers = [];
    private readonly List<StoredBits> stored = [];
    private readonly List<Measurement> measurements = [];

    // Those of each measurement.
    private readonly List<List<MeasuredFigure>> figures = [];
    private string? name;
    private WeightsFile? weights;
    private FrontEnd? audio;
    private Head? head;
    private Receipt? receipt;

    private DescriptionReader()
    {
    }

    /// <summary>Reads and checks a description.</summary>
    /// <param name="text">The file's text.</param>
    /// <param name="error">The first error, with its place; null when there is none.</param>
    /// <returns>The description, which can be compiled; null when there is an error.</returns>
    public static ModelDescription? Read(string text, out DescriptionError? error)
    {
        var reader = new DescriptionReader();
        try
        {
            if (text.Length > MaxCharacters)
            {
                throw new DescriptionException(new(1, 1, 1, $"The text has more than {MaxCharacters} characters: this is no quantized graph description."));
            }

            string[] split = text.Replace("\r\n", "\n").TrimStart('\uFEFF').Split('\n');
            var end = new LineReader("", Math.Max(1, split.Length));
            ModelDescription model = reader.Read(split, end);
            error = ModelValidator.Check(model) is { } found ? reader.Place(found, end) : null;
            return error is null ? model : null;
        }
        catch (DescriptionException exception)
        {
            error = exception.Error;
            return null;
        }
    }

    private ModelDescription Read(string[] text, LineReader end)
    {
        bool versionRead = false;
        for (int i = 0; i < text.Length; i++)
        {
            var line = new LineReader(text[i], i + 1);
            if (line.IsEmpty)
            {
                continue;
            }

            if (!versionRead)
            {
                ReadVersion(line);
                versionRead = true;
            }
            else if (line.First is { Key: null, Quoted: false } && HeadLines.Contains(line.First.Value) && !line.IsOperation)
            {
                ReadHead(line);
            }
            else if (weights is null || head is null)
            {
                throw line.Error(line.First, "The lines 'weights' and 'vocabulary' (or 'classes', or 'embedding') come before the first operation.");
            }
            else
            {
                Keep(GraphError.Operation, line);
                operations.Add(OperationReader.Read(line));
            }
        }

        DescriptionException Missing(string what) => end.Error($"The line '{what}' is missing; the file may be cut off.");
        if (!versionRead)
        {
            throw Missing("sqmodel 1");
        }

        return new ModelDescription(
            name ?? throw Missing("model"),
            weights ?? throw Missing("weights"),
            audio ?? throw Missing("audio"),
            head ?? throw Missing("vocabulary"),
            (receipt ?? throw Missing("calibrated")) with { Outliers = new(outliers), Stored = new(stored), Measurements = new(measurements.Zip(figures, (measured, its) => measured with { Figures = new(its) })) },
            new(operations));
    }

    private static void ReadVersion(LineReader line)
    {
        Token magic = line.Word("'sqmodel'");
        if (magic.Value != "sqmodel")
        {
            throw line.Error(magic, "This is not a quantized graph description: its first line is 'sqmodel' and the format's version.");
        }

        Token version = line.Word("The format's version");
        bool isNumber = long.TryParse(version.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long number);
        if (isNumber && number > ModelDescription.NewestFormat)
        {
            string message = $"Format version {number} is newer than this compiler, which reads up to version {ModelDescription.NewestFormat}. Update StableQuant.Compiler.";
            throw new DescriptionException(line.Error(version, message).Error with { IsNewerFormat = true });
        }

        if (!isNumber || number < 1 || version.Value != number.ToString(CultureInfo.InvariantCulture))
        {
            throw line.Error(version, $"Format version {version.Value} is not known; this compiler reads versions 1 to {ModelDescription.NewestFormat}. Calibrate again.");
        }

        line.Finish();
    }

    private static FrontEnd ReadFrontEnd(LineReader line)
    {
        int rate = line.Int("rate");
        if (line.Has("features"))
        {
            int choice = line.Choice("features", "nemo", "kaldi", "given");
            return choice == 2 ? new GivenFrontEnd(rate, line.Int("channels")) : new LogMelFrontEnd(
                rate, choice == 0 ? LogMelConvention.Nemo : LogMelConvention.Kaldi,
                line.Int("window"), line.Int("hop"), line.Int("fft"), line.Float("preemphasis"), line.Int("bands"), line.Float("low"), line.Float("high"),
                line.Float("floor"), line.Float("epsilon"), line.Int("stack"));
        }

        if (!line.Has("normalize"))
        {
            return new WaveformFrontEnd(rate, line.Float("epsilon"));
        }

        Token normalize = line.Text("normalize");
        return normalize is { Quoted: false, Value: "none" } ? new WaveformFrontEnd(rate, null) : throw line.Error(normalize, "'normalize' must be none; without it, epsilon= says that samples are normalised.");
    }

    private void ReadHead(LineReader line)
    {
        string word = line.Word("A line's first word").Value;
        Keep(word, line);
        switch (word)
        {
            case "model":
                name = Once(line, name, line.Word("The model's name").Value);
                break;
            case "weights":
                weights = Once(line, weights, new WeightsFile(line.Text("sha256").Value, line.Integer("bytes")));
                break;
            case "audio":
                audio = Once(line, audio, ReadFrontEnd(line));
                break;
            case "vocabulary":
                head = Once(line, head, new Vocabulary(new(line.Texts().Select(t => t.Value)), line.Int("blank"), line.Int("space")));
                break;
            case "classes":
                head = Once(line, head, new Classes(
                    new(line.Texts().Select(t => t.Value)), PerFrame: line.Choice("of", "utterance", "frame") == 1, Exclusive: line.Choice("probabilities", "softmax", "sigmoid") == 0));
                break;
            case "embedding":
                head = Once(line, head, new Embedding());
                break;
            case "calibrated":
                receipt = Once(line, receipt, ReadReceipt(line));
                break;
            case "remainders":
                outliers.Add(new OutlierShare(line.Text("layer").Value, line.Number("share")));
                break;
            case "stored":
                stored.Add(new StoredBits(line.Text("layer").Value, line.Int("bits"), line.Has("divergence") ? line.Number("divergence") : null));
                break;
            case "figure":
                (figures.LastOrDefault() ?? throw line.Error(line.First, "A line 'figure' belongs to the line 'measured' above it; there is none.")).Add(new MeasuredFigure(
                    line.Text("name").Value, line.Has("float") ? line.Number("float") : null, line.Number("quantized"), line.Number("low"), line.Number("high")));
                break;
            default:
                measurements.Add(ReadMeasurement(line));
                figures.Add([]);
                break;
        }

        line.Finish();
    }

    private static T Once<T>(LineReader line, T? before, T now)
        where T : class =>
        before is null ? now : throw line.Error(line.First, now is Head ? "A second line that says what the outputs are; remove one." : $"A second line '{line.First.Value}'; remove one.");

    private static Receipt ReadReceipt(LineReader line) => new(
        line.Text("method").Value,
        new(line.Text("levers").Value.Split([' '], StringSplitOptions.RemoveEmptyEntries)),
        new([]),
        new([]));

    private static Measurement ReadMeasurement(LineReader line)
    {
        MeasureKind kind = Enum.GetValues(typeof(MeasureKind)).Cast<MeasureKind>().FirstOrDefault(measure => line.Has(measure.Items()));
        return new(
            line.Text("role").Value,
            line.Text("data").Value,
            line.Int("utterances"),
            line.Int(kind.Items()),
            line.Text("manifest").Value,
            line.Number($"float-{kind.Key()}"),
            line.Number($"quantized-{kind.Key()}"),
            line.Has("differing") ? line.Number("differing") : null,
            kind);
    }

    private void Keep(string kind, LineReader line)
    {
        if (!lines.TryGetValue(kind, out List<LineReader>? same))
        {
            lines.Add(kind, same = []);
        }

        same.Add(line);
    }

    private DescriptionError Place(GraphError error, LineReader end)
    {
        if (error.Line == GraphError.End)
        {
            return end.Error(error.Message).Error;
        }

        LineReader line = lines[error.Line][error.Index];
        return line.Error(line.Find(error.Part), error.Message).Error;
    }
}
