namespace StableQuant.Generator.Emit.Kernels;

/// <summary>
/// One kernel of the generated code: a nested static class with a method <c>Run</c>, made for a shape and an epilogue and
/// shared by all layers that have both. Its text is the same for every instruction set: it is written against
/// <c>TIsa</c>. This folder is the one place where kernels come from.
/// </summary>
internal abstract record Kernel
{
    /// <summary>The attribute of a method with a loop in it: without it, its first calls run code that was compiled in haste.</summary>
    internal const string Optimized =
        "[global::System.Runtime.CompilerServices.MethodImpl(global::System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]";

    /// <summary>The class's name; equal kernels have equal names.</summary>
    public abstract string Name { get; }

    /// <summary>Writes the class.</summary>
    public abstract void Write(SourceWriter writer);
}
