namespace StableQuant.Cli.Commands;

/// <summary>What the tool's exit status says.</summary>
internal static class ExitStatus
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int WrongUsage = 2;
}
