using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using StableQuant.Runtime.Tests.Kernels;

namespace StableQuant.Package.Tests.Native;

/// <summary>
/// A program in a file system that has nothing but what is put there, as process 1 and a user without a name: what a container is to a program. Its
/// network is the machine's.
/// </summary>
internal sealed partial class EmptyRoot : IDisposable
{
    private const string User = "65532:65532";

    private readonly string root = Directory.CreateTempSubdirectory("stablequant-root-").FullName;
    private readonly string program;

    /// <param name="program">The program, which is copied to the top.</param>
    public EmptyRoot(string program)
    {
        this.program = "/" + Path.GetFileName(program);
        File.Copy(program, root + this.program);
        Chmod("755", root);
    }

    /// <summary>Which of the programs needed is missing, or what else stands against it; null where nothing does.</summary>
    public static string? Missing { get; } = !LinuxX64.IsHere ? LinuxX64.Elsewhere
        : new[] { "clang", "ld.lld", "chroot", "unshare", "ldd" }.FirstOrDefault(name => !IsOnPath(name)) is { } missing ? $"There is no {missing}; build/test.sh installs what it can."
        : !Environment.IsPrivilegedProcess ? "An empty root needs the system's root." : null;

    /// <summary>The libraries that a program says it needs, as the system's loader finds them.</summary>
    public static string[] Libraries(string program) => [.. Library().Matches(Shell.Run("/", new Dictionary<string, string?>(), "ldd", program).Output).Select(match => match.Value)];

    /// <summary>Makes a folder that everybody may write to.</summary>
    public void Folder(string path)
    {
        Directory.CreateDirectory(root + path);
        Chmod("1777", root + path);
    }

    /// <summary>Copies a file of this system to the same place there.</summary>
    public void Copy(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(root + path)!);
        File.Copy(path, root + path);
    }

    /// <summary>Starts the program.</summary>
    /// <param name="devices">Devices of this system that it sees.</param>
    /// <param name="arguments">Its arguments.</param>
    public Process Start(string[] devices, params string[] arguments)
    {
        // Mounts of a mount namespace of its own: nothing is left behind.
        string mounts = string.Concat(devices.Select(device => $"mkdir -p '{root}/dev' && touch '{root}{device}' && mount --bind {device} '{root}{device}' && "));
        return Process.Start(new ProcessStartInfo(
            "unshare", ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", $"{mounts}exec chroot --userspec={User} '{root}' {program} \"$@\"", "sh", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    /// <summary>Asks the program to stop, as a container's runtime does.</summary>
    public static void Terminate(Process started)
    {
        string id = started.Id.ToString(CultureInfo.InvariantCulture);
        string child = File.ReadAllText($"/proc/{id}/task/{id}/children").Trim();
        Shell.Run("/", new Dictionary<string, string?>(), "kill", "-TERM", child).Status.ShouldBe(0);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static void Chmod(string mode, string path) => Shell.Run("/", new Dictionary<string, string?>(), "chmod", mode, path).Status.ShouldBe(0);

    private static bool IsOnPath(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, name)));

    // libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…), and the loader without an arrow.
    [GeneratedRegex(@"(?<=\s)/\S+(?= \(0x)")]
    private static partial Regex Library();
}

/// <summary>A fact about a program in an empty root; where there can be none, it is reported as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class InEmptyRootFactAttribute : FactAttribute
{
    public InEmptyRootFactAttribute() => Skip = EmptyRoot.Missing!;
}

/// <summary>A theory about one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class InEmptyRootTheoryAttribute : TheoryAttribute
{
    public InEmptyRootTheoryAttribute() => Skip = EmptyRoot.Missing!;
}
