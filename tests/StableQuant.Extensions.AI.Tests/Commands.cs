namespace StableQuant.Extensions.AI.Tests;

/// <summary>The sample's model: everything else of this class is generated.</summary>
[StableQuantModel("commands.sqmodel")]
internal sealed partial class Commands;
