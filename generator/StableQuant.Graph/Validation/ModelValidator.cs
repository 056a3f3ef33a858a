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

    /// <summary>What is wrong with the tokens of a vocabulary; null where nothing is.</summary>
    public static string? Problem(IReadOnlyList<string> tokens)
    {
        if (tokens.Count is < 2 or > GraphLimits.MaxChannels)
        {
            return $"A vocabulary has 2 to {GraphLimits.MaxChannels} tokens.";
        }

        for (int i = 0; i < tokens.Count; i++)
        {
            if (tokens[i].Length > GraphLimits.MaxToken)
            {
                return $"Token {i} has {tokens[i].Length} characters; at most {GraphLimits.MaxToken} are allowed.";
            }

            if (!PlainText.IsPlain(tokens[i]))
            {
                return $"Token {i} holds a character that controls a terminal or is none; a token is text.";
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

        var vocabulary = new LineCheck("vocabulary", 0);
        if (Problem(model.Vocabulary.Tokens) is { } problem)
        {
            throw vocabulary.Error(null, problem);
        }

        int tokens = model.Vocabulary.Tokens.Count;
        vocabulary.Range("blank", model.Vocabulary.Blank, 0, tokens - 1);
        vocabulary.Range("space", model.Vocabulary.WordDelimiter, -1, tokens - 1);
        if (model.Vocabulary.Blank == model.Vocabulary.WordDelimiter)
        {
            throw vocabulary.Error("space", $"Token {model.Vocabulary.Blank} cannot be both the blank and the space; name another, or -1 for no space.");
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
            line.Range("words", measured.Words, 0, int.MaxValue);
            line.Sha256("manifest", measured.ManifestSha256);
            line.Range("float-wer", measured.FloatWer, 0, 1000);
            line.Range("quantized-wer", measured.QuantizedWer, 0, 1000);
            line.Range("differing", measured.Differing ?? 0, 0, 1000);
        }
    }

    private static void CheckOperations(ModelDescription model)
    {
        EquatableArray<Operation> operations = model.Operations;
        if (operations.Count == 0)
        {
            throw LineCheck.Missing("There is no operation; the file may be cut off.");
        }

        var validator = new OperationValidator(model.Weights);
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
        int tokens = model.Vocabulary.Tokens.Count;
        if (last is Quantize || validator.Shapes.ChannelsOf(last.Name) != tokens)
        {
            throw LineCheck.Missing($"The last operation, '{last.Name}', must make {tokens} logits a frame, one a token; the file may be cut off.");
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

    /// <summary>Whether a hash is one.</summary>
    internal static bool IsSha256(string text) => Sha256.IsMatch(text);
}
