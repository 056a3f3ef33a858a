using StableQuant.Calibration.Float;

namespace StableQuant.Calibration.Import.Checkpoint;

/// <summary>A head as a checkpoint names it: one row here for each that can be imported.</summary>
/// <param name="Ending">How the name of its class ends, in <c>architectures</c>.</param>
/// <param name="Kind">What its outputs are.</param>
/// <param name="ReadsHiddenStates">Whether it can be told to read a weighted sum of what the blocks make.</param>
/// <param name="Build">Makes its operations, behind those of the encoder.</param>
internal sealed record CheckpointHead(string Ending, HeadKind Kind, bool ReadsHiddenStates, Action<ModelBuilder, int, string> Build)
{
    private static readonly CheckpointHead Ctc = new("ForCTC", HeadKind.Ctc, false, (_, _, _) => { });

    private static readonly CheckpointHead[] All =
    [
        Ctc,
        new("ForSequenceClassification", HeadKind.Classes, true, HeadBuilder.Classes),
        new("ForAudioFrameClassification", HeadKind.FrameClasses, true, HeadBuilder.FrameClasses),
        new("ForXVector", HeadKind.Embedding, true, HeadBuilder.XVector),
        new("Model", HeadKind.Embedding, false, HeadBuilder.None),
        new("ForPreTraining", HeadKind.Embedding, false, HeadBuilder.None),
    ];

    /// <summary>The endings, for messages.</summary>
    public static IEnumerable<string> Endings => All.Select(head => head.Ending);

    /// <summary>The head of a class.</summary>
    /// <param name="architecture">The class; null where nothing is said, which is a CTC head.</param>
    /// <param name="stem">What the name of its member's classes begins with.</param>
    /// <returns>Null where it is none of these.</returns>
    public static CheckpointHead? Find(string? architecture, string stem) => architecture is null ? Ctc : All.FirstOrDefault(head => architecture == stem + head.Ending);
}
