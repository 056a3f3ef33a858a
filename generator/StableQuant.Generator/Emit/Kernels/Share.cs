namespace StableQuant.Generator.Emit.Kernels;

/// <summary>How the rows of a layer are shared among threads.</summary>
internal static class Share
{
    /// <summary>Rows that stay together: whole tiles.</summary>
    public const int RowStep = 12;
}
