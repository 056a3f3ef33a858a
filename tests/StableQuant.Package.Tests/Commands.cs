namespace StableQuant.Package.Tests;

/// <summary>The sample's model: everything else of this class is generated.</summary>
[StableQuantModel("commands.sqmodel")]
internal sealed partial class Commands
{
    /// <summary>What an instance that nobody holds does with itself, for a test.</summary>
    public static Action<Commands>? Finalised { get; set; }

    ~Commands() => Finalised?.Invoke(this);
}
