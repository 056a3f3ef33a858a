using System.Diagnostics;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>The source of machine code, assembled anew.</summary>
/// <param name="Bytes">Its code.</param>
/// <param name="Entries">Where its labels lie, as constants are named: <c>tile6x4</c> is TILE6X4, <c>saved_states</c> SAVEDSTATES.</param>
internal sealed record AssembledSource(byte[] Bytes, IReadOnlyDictionary<string, int> Entries)
{
    /// <summary>Assembles one of the runtime's sources.</summary>
    /// <param name="source">The file.</param>
    /// <param name="tools">What the names of the tools begin with, where they are not this machine's own.</param>
    public static AssembledSource Of(string source, string tools = "")
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");
        try
        {
            Run(folder, tools + "as", Path.Combine(AppContext.BaseDirectory, source), "-o", "code.o");
            Run(folder, tools + "objcopy", "-O", "binary", "-j", ".text", "code.o", "code.bin");
            return new(
                File.ReadAllBytes(Path.Combine(folder.FullName, "code.bin")),
                Run(folder, tools + "nm", "code.o").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
                    .ToDictionary(fields => Plain(fields[2]), fields => Convert.ToInt32(fields[0], 16), StringComparer.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Checks that a class of the runtime holds these bytes, and each entry under its name.</summary>
    public void ShouldBe(ReadOnlySpan<byte> bytes, Type constants)
    {
        Convert.ToHexString(bytes).ShouldBe(Convert.ToHexString(Bytes));
        constants.GetFields().Where(field => field.IsLiteral).Select(field => KeyValuePair.Create(Plain(field.Name), (int)field.GetRawConstantValue()!)).ShouldBe(Entries, ignoreOrder: true);
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

    private static string Run(DirectoryInfo folder, string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder.FullName, RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}");
        return output;
    }
}
