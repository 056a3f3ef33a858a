using System.Text.RegularExpressions;
using StableQuant.Graph.Layout;

namespace StableQuant.Graph.Validation;

/// <summary>
/// The one judge of what can be compiled: a description comes from anywhere, and lowering, emission and kernels take what passes here
/// without another look. Names are unique, inputs exist, shapes fit, blocks lie within the weights file, sums within int32, sizes within
/// <see cref="GraphLimits"/>. What the weights file holds only a program that loads it sees.
/// </summary>
public static class ModelValidator
{
    // \z, not $: a text may end in a newline.
    private static readonly Regex Sha256 = new(@"^[0-9a-f]{64}\z", RegexOptions.CultureInvariant);

    /// <summary>Finds the first error of a description.</summary>
    /// <param name="model">The description, its products and norms packed.</param>
    /// <returns>The error; null where there is none.</returns>
    public static GraphError? Check(ModelDescription model)
    {
        try
        {
            CheckHead(model);
            CheckOperations(model);
            return null;
        }
        catch (GraphException exception)
        {
            return exception.Error;
        }
    }

    /// <summary>What is wrong with features; null where nothing is.</summary>
    public static string? Problem(LogMelFrontEnd features)
    {
        try
        {
            CheckFeatures(features, new LineCheck("audio", 0));
            return null;
        }
        catch (GraphException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>What is wrong with a head's names; null where nothing is.</summary>
    public static string? Problem(Head head) => head switch
    {
        Vocabulary { Tokens.Count: < 2 or > GraphLimits.MaxChannels } => $"A vocabulary has 2 to {GraphLimits.MaxChannels} tokens.",
        Vocabulary vocabulary => Problem("Token", vocabulary.Tokens),
        Classes { Labels.Count: < 1 or > GraphLimits.MaxChannels } => $"There are 1 to {GraphLimits.MaxChannels} classes.",
        Classes classes => Problem("Label", classes.Labels),
        _ => null,
    };

    private static string? Problem(string kind, EquatableArray<string> texts)
    {
        for (int i = 0; i < texts.Count; i++)
        {
            if (texts[i].Length > GraphLimits.MaxToken)
            {
                return $"{kind} {i} has {texts[i].Length} characters; at most {GraphLimits.MaxToken} are allowed.";
            }

            if (!PlainText.IsPlain(texts[i]))
            {
                return $"{kind} {i} holds a character that controls a terminal or is none; a {kind.ToLowerInvariant()} is text.";
            }
        }

        return null;
    }

    private static void CheckHead(ModelDescription model)
    {
        var weights = new LineCheck("weights", 0);
        weights.Sha256("sha256", model.Weights.Sha256);
        weights.Range("bytes", model.Weights.Bytes, 1, GraphLimits.MaxWeightsBytes);

        var audio = new LineCheck("audio", 0);
        audio.Range("rate", model.FrontEnd.SampleRate, FrontEndLayout.SampleRate, FrontEndLayout.SampleRate);
        if (model.FrontEnd is WaveformFrontEnd { Epsilon: { } epsilon })
        {
            audio.Positive("epsilon", epsilon);
        }
        else if (model.FrontEnd is LogMelFrontEnd features)
        {
            CheckFeatures(features, audio);
        }
        else if (model.FrontEnd is GivenFrontEnd given)
        {
            audio.Range("channels", given.Channels, 1, GraphLimits.MaxChannels);
        }

        var head = new LineCheck(model.Head is Vocabulary ? "vocabulary" : "classes", 0);
        if (Problem(model.Head) is { } problem)
        {
            throw head.Error(null, problem);
        }

        if (model.Head is Vocabulary vocabulary)
        {
            head.Range("blank", vocabulary.Blank, 0, vocabulary.Tokens.Count - 1);
            head.Range("space", vocabulary.WordDelimiter, -1, vocabulary.Tokens.Count - 1);
            if (vocabulary.Blank == vocabulary.WordDelimiter)
            {
                throw head.Error("space", $"Token {vocabulary.Blank} cannot be both the blank and the space; name another, or -1 for no space.");
            }
        }

        for (int i = 0; i < model.Receipt.Outliers.Count; i++)
        {
            new LineCheck("remainders", i).Range("share", model.Receipt.Outliers[i].Share, 0, 1);
        }

        for (int i = 0; i < model.Receipt.Stored.Count; i++)
        {
            var stored = new LineCheck("stored", i);
            stored.Range("bits", model.Receipt.Stored[i].Bits, IndexLayout.MinBits, IndexLayout.MaxBits);

            // Rounding leaves a little less than nothing where two models agree.
            stored.Range("divergence", model.Receipt.Stored[i].Divergence ?? 0, -1, 1000);
        }

        for (int i = 0; i < model.Receipt.Measurements.Count; i++)
        {
            Measurement measured = model.Receipt.Measurements[i];
            var line = new LineCheck("measured", i);
            line.Range("utterances", measured.Utterances, 0, int.MaxValue);
            line.Range(measured.Kind.Items(), measured.Words, 0, int.MaxValue);
            line.Sha256("manifest", measured.ManifestSha256);
            line.Range($"float-{measured.Kind.Key()}", measured.FloatWer, 0, 1000);
            line.Range($"quantized-{measured.Kind.Key()}", measured.QuantizedWer, 0, 1000);
            line.Range("differing", measured.Differing ?? 0, 0, 1000);
        }

        int figures = 0;
        foreach (MeasuredFigure figure in model.Receipt.Measurements.SelectMany(measured => measured.Figures))
        {
            var line = new LineCheck("figure", figures++);
            line.Range("float", figure.Float ?? 0, 0, 1000);
            line.Range("quantized", figure.Quantized, 0, 1000);
            line.Range("low", figure.Low, -1000, 1000);
            line.Range("high", figure.High, figure.Low, 1000);
        }
    }

    private static void CheckFeatures(LogMelFrontEnd features, LineCheck audio)
    {
        audio.Range("fft", features.FourierSize, LogMelLayout.MinFourierSize, LogMelLayout.MaxFourierSize);
        if ((features.FourierSize & (features.FourierSize - 1)) != 0)
        {
            throw audio.Error("fft", "'fft' must be a power of two.");
        }

        audio.Range("window", features.Window, 2, features.FourierSize);
        audio.Range("hop", features.Hop, 1, features.Window);
        audio.Range("preemphasis", features.Preemphasis, 0, 1);
        audio.Range("bands", features.Bands, 1, LogMelLayout.MaxBands);
        audio.Range("low", features.Low, 0, features.SampleRate / 2);
        audio.Range("high", features.High, 0, features.SampleRate / 2);
        if (features.Low >= features.High)
        {
            throw audio.Error("high", "'high' must be above 'low': the bands lie between them.");
        }

        audio.Positive("floor", features.Floor);
        audio.Positive("epsilon", features.Epsilon);
        audio.Range("stack", features.Stack, 1, GraphLimits.MaxPooledFrames);
    }

    private static void CheckOperations(ModelDescription model)
    {
        EquatableArray<Operation> operations = model.Operations;
        if (operations.Count == 0)
        {
            throw LineCheck.Missing("There is no operation; the file may be cut off.");
        }

        var validator = new OperationValidator(model.Weights, model.FrontEnd);
        for (int i = 0; i < operations.Count; i++)
        {
            var line = new LineCheck(GraphError.Operation, i);
            if (i == GraphLimits.MaxOperations)
            {
                throw line.Error(GraphError.Name, $"A model has at most {GraphLimits.MaxOperations} operations.");
            }

            validator.Check(operations[i], line);
        }

        Operation last = operations[operations.Count - 1];
        CheckOutputs(model.Head, last, validator.Shapes);

        if (validator.Shapes.StageOf(last.Name).SamplesPerRow(validator.Shapes.Stages) == 0)
        {
            throw LineCheck.Missing($"The last operation, '{last.Name}', must make a row of logits each whole number of samples: the bands of a frame are still rows by themselves.");
        }

        var read = new HashSet<string>(operations.SelectMany(operation => operation.Inputs), StringComparer.Ordinal) { last.Name };
        for (int i = 0; i < operations.Count; i++)
        {
            if (!read.Contains(operations[i].Name))
            {
                throw new LineCheck(GraphError.Operation, i).Error(GraphError.Name, $"No operation reads '{operations[i].Name}'; remove the line.");
            }
        }
    }

    private static void CheckOutputs(Head head, Operation last, ValueShapes shapes)
    {
        int channels = shapes.ChannelsOf(last.Name);
        (int outputs, string what) = head switch
        {
            Vocabulary vocabulary => (vocabulary.Tokens.Count, "logits a frame, one a token"),
            Classes classes => (classes.Labels.Count, "logits, one a class"),
            _ => (channels, "values of an embedding, in float32"),
        };
        if (last is Quantize || channels != outputs)
        {
            throw LineCheck.Missing($"The last operation, '{last.Name}', must make {outputs} {what}; the file may be cut off.");
        }

        if (head is not Embedding && shapes.StageOf(last.Name).IsUtterance != head is Classes { PerFrame: false })
        {
            throw LineCheck.Missing(shapes.StageOf(last.Name).IsUtterance
                ? $"The last operation, '{last.Name}', makes one frame of an utterance, but its outputs are those of each frame; write 'classes of=utterance'."
                : $"The last operation, '{last.Name}', makes logits of each frame, but its outputs are those of an utterance; the file may be cut off.");
        }
    }

    /// <summary>Whether a hash is one.</summary>
    internal static bool IsSha256(string text) => Sha256.IsMatch(text);
}
