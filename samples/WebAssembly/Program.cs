using System.Runtime.Versioning;
using StableQuant;

[assembly: SupportedOSPlatform("browser")]

// Nothing runs by itself: wwwroot/worker.js calls Speech.
return 0;

/// <summary>The recogniser: everything else of this class is generated from the model when the program is compiled.</summary>
[StableQuantModel("commands.sqmodel")]
internal sealed partial class Commands;
