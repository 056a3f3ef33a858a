namespace StableQuant.Graph;

/// <summary>What a model is judged by.</summary>
public enum MeasureKind
{
    /// <summary>Words, against transcripts.</summary>
    Words,

    /// <summary>Classes of utterances, against labels.</summary>
    Labels,

    /// <summary>Classes of frames, against the float model's.</summary>
    Frames,

    /// <summary>Embeddings, by their cosine distance from the float model's: 1 less the cosine.</summary>
    Embeddings,
}

/// <summary>What measures are called.</summary>
public static class MeasureNames
{
    /// <summary>What is counted, in the plural.</summary>
    public static string Items(this MeasureKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>The rate: <c>word error rate</c>.</summary>
    public static string Rate(this MeasureKind kind) => kind switch
    {
        MeasureKind.Words => "word error rate",
        MeasureKind.Labels => "label error rate",
        MeasureKind.Frames => "frame error rate",
        _ => "cosine distance",
    };

    /// <summary>The end of a rate's key in a description, and of the names of its figures: <c>wer</c>, or <c>error</c> where no words are counted.</summary>
    public static string Key(this MeasureKind kind) => kind == MeasureKind.Words ? "wer" : "error";
}
