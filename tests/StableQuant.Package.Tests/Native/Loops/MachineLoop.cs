using System.Globalization;
using System.Text.RegularExpressions;

namespace StableQuant.Package.Tests.Native.Loops;

/// <summary>An innermost loop of Arm64 machine code: from the target of a branch backwards to that branch.</summary>
/// <param name="Address">Of its first instruction.</param>
/// <param name="Instructions">As a disassembler writes them: a mnemonic, a blank, operands.</param>
internal sealed partial record MachineLoop(long Address, IReadOnlyList<string> Instructions)
{
    private const int MaxInstructions = 400;

    /// <summary>Vectors that are loaded from the stack, or stored there.</summary>
    public int Spills => Instructions.Count(i => StackedVector().IsMatch(i));

    /// <summary>Whether it calls something, around which all vectors are saved.</summary>
    public bool Calls => Count("bl", "blr") > 0;

    /// <summary>Arithmetic on four float32.</summary>
    public int FloatOperations => Instructions.Count(i => i.StartsWith('f') && i.Contains(".4s", StringComparison.Ordinal));

    /// <summary>All of a disassembly.</summary>
    /// <param name="disassembly">What <c>objdump --no-show-raw-insn</c> prints.</param>
    public static IReadOnlyList<MachineLoop> Of(string disassembly)
    {
        (long At, string Text)[] code = [.. Line().Matches(disassembly).Select(m => (Hex(m.Groups["at"]), $"{m.Groups["name"].Value} {m.Groups["operands"].Value}".TrimEnd()))];
        Dictionary<long, int> places = code.Select((line, i) => (line.At, i)).ToDictionary(p => p.At, p => p.i);
        var loops = new List<MachineLoop>();
        int last = -1;
        for (int i = 0; i < code.Length; i++)
        {
            if (Branch().Match(code[i].Text) is { Success: true } branch && places.TryGetValue(Hex(branch.Groups["target"]), out int first) && first < i && i - first < MaxInstructions)
            {
                // A loop around another one begins before its end.
                if (first > last)
                {
                    loops.Add(new(code[first].At, [.. code[first..(i + 1)].Select(line => line.Text)]));
                }

                last = i;
            }
        }

        return loops;

        static long Hex(Group group) => long.Parse(group.ValueSpan, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
    }

    /// <summary>How many instructions have one of these mnemonics.</summary>
    public int Count(params string[] mnemonics) => Only(mnemonics).Count;

    /// <summary>Those that have one of these mnemonics.</summary>
    public IReadOnlyList<string> Only(params string[] mnemonics) => [.. Instructions.Where(i => mnemonics.Contains(i.Split(' ')[0]))];

    // "  5b79ec:  sdot  v2.4s, v3.16b, v5.4b[0]", and behind that a comment or a symbol.
    [GeneratedRegex(@"^\s+(?<at>[0-9a-f]+):\t(?<name>[a-z][\w.]*)(?:[ \t]+(?<operands>[^<\n]*?)[ \t]*(?:<.*|//.*)?)?$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"^(?:b|b\.\w+|cbn?z|tbn?z) (?:.*, )?(?:0x)?(?<target>[0-9a-f]+)$")]
    private static partial Regex Branch();

    [GeneratedRegex(@"^(?:ld|st)\w+ q.*\[(?:sp|x29)\b")]
    private static partial Regex StackedVector();
}
