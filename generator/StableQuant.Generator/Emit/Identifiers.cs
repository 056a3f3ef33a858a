using System.Text;

namespace StableQuant.Generator.Emit;

/// <summary>Makes C# identifiers from operations' names, each different from all before.</summary>
/// <param name="taken">Names that none of them may have.</param>
internal sealed class Identifiers(IEnumerable<string> taken)
{
    private readonly HashSet<string> used = new(taken, StringComparer.Ordinal);

    /// <summary><c>block0.attention.norm</c> becomes <c>Block0AttentionNorm</c>.</summary>
    public string For(string name)
    {
        string identifier = Pascal(name);
        string unique = identifier;
        for (int i = 2; !used.Add(unique); i++)
        {
            unique = $"{identifier}_{i}";
        }

        return unique;
    }

    /// <summary>Names that members of the generated class have: the class itself can have none of them.</summary>
    public static readonly IReadOnlyCollection<string> OfMembers =
        new HashSet<string>(StringComparer.Ordinal) { "_", "Tokens", "Weights", "WeightsContent", "Shape", "Plan", "plan", "Frames", "Workspace", "Network", "FrameCount", "Forward", "weights", FrontEndText.Tables };

    /// <summary>Name of the class that a description becomes by default: <c>voice-commands</c> becomes <c>VoiceCommands</c>.</summary>
    public static string ForClass(string stem) => Pascal(stem) is var name && OfMembers.Contains(name) ? name + "Model" : name;

    /// <summary>The words of a name, joined in Pascal case; always a valid identifier.</summary>
    public static string Pascal(string name)
    {
        var identifier = new StringBuilder();
        bool upper = true;
        foreach (char c in name)
        {
            if (c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9'))
            {
                identifier.Append(upper ? char.ToUpperInvariant(c) : c);
                upper = false;
            }
            else
            {
                upper = true;
            }
        }

        return identifier.Length == 0 || char.IsDigit(identifier[0]) ? "_" + identifier : identifier.ToString();
    }
}
