namespace StableQuant.Generator;

/// <summary>One generated C# file.</summary>
/// <param name="Name">File name without folder.</param>
/// <param name="Text">Its text; lines end in \n.</param>
public sealed record GeneratedFile(string Name, string Text);
