using StableQuant;

namespace TranscriptionServer;

/// <summary>The recogniser: everything else of this class is generated from the model when the program is compiled.</summary>
[StableQuantModel("commands.sqmodel")]
internal sealed partial class Commands
{
    /// <summary>What clients call it.</summary>
    public const string Id = "commands";

    /// <summary>The language that it hears, as ISO 639-1 has it.</summary>
    public const string Language = "en";

    /// <summary>The language's name in English, which <c>verbose_json</c> tells.</summary>
    public const string LanguageName = "english";
}
