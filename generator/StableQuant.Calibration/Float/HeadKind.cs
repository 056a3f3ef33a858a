namespace StableQuant.Calibration.Float;

/// <summary>What the outputs of a float model are, as far as its files tell.</summary>
public enum HeadKind
{
    /// <summary>Logits of tokens, frame by frame.</summary>
    Ctc,

    /// <summary>Logits of classes, one of each for the utterance.</summary>
    Classes,

    /// <summary>Logits of classes, frame by frame.</summary>
    FrameClasses,

    /// <summary>An embedding, of the utterance or of each frame.</summary>
    Embedding,
}
