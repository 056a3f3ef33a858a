using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>What a model's head makes of its class.</summary>
/// <param name="Base">The runtime's class that it derives from.</param>
/// <param name="Answer">What comes out, in words.</param>
/// <param name="Field">C# of the field that holds what the outputs stand for; empty where they have no names.</param>
/// <param name="Arguments">C# of the arguments that the base class takes first.</param>
internal sealed record HeadText(string Base, string Answer, string Field, string Arguments)
{
    /// <summary>The text for a network.</summary>
    public static HeadText Of(LoweredModel network) => network.Model.Head switch
    {
        Vocabulary v => new("SpeechModel", "text or logits", $"""
            private static readonly __SQ::Decoding.CtcVocabulary Tokens = new(
                [{Literals(v.Tokens)}], {v.Blank}, {v.WordDelimiter});
            """, "Tokens"),
        Classes c => new("SpeechClassifier", c.PerFrame ? "probabilities of classes for each frame" : "probabilities of classes", $"""
            private static readonly __SQ::Classification.ClassLabels Tokens = new(
                [{Literals(c.Labels)}], areExclusive: {Bool(c.Exclusive)});
            """, $"Tokens, isPerFrame: {Bool(c.PerFrame)}"),
        Embedding => new("SpeechEmbedder", "an embedding", "", $"{network.Logits.RowBytes / sizeof(float)}"),
        var head => throw new InvalidOperationException($"No code for {head.GetType().Name}."),
    };

    private static string Literals(IEnumerable<string> texts) => string.Join(", ", texts.Select(SourceWriter.Literal));

    private static string Bool(bool value) => value ? "true" : "false";
}
