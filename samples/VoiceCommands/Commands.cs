using StableQuant;

namespace VoiceCommands;

/// <summary>The recogniser: everything else of this class is generated from the model when the program is compiled.</summary>
[StableQuantModel("commands.sqmodel")]
internal sealed partial class Commands;
