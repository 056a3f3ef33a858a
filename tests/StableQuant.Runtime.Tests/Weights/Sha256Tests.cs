using System.Runtime.InteropServices;
using System.Text;
using StableQuant.Kernels.Gemm.MachineCode;
using StableQuant.Runtime.Tests.Kernels;
using StableQuant.Weights;

namespace StableQuant.Runtime.Tests;

public class Sha256Tests
{
    // NIST's examples for FIPS 180-4, and its long one of a million letters.
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void The_vectors_of_the_standard_hold(string text, string expected) =>
        Sha256.HashHex(Encoding.ASCII.GetBytes(text)).ShouldBe(expected);

    [Fact]
    public void A_million_letters_hold() =>
        Sha256.HashHex(Encoding.ASCII.GetBytes(new string('a', 1_000_000))).ShouldBe("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");

    [Fact]
    public void Every_short_and_some_long_lengths_agree_with_the_platform()
    {
        var random = new Random(4);
        for (int i = 0; i < 400; i++)
        {
            byte[] data = new byte[i < 300 ? i : random.Next(100_000)];
            random.NextBytes(data);
            byte[] hash = new byte[Sha256.HashLength];
            Sha256.Hash(data, hash);
            hash.ShouldBe(System.Security.Cryptography.SHA256.HashData(data));
        }
    }

    // From any state, and over more blocks than one call of machine code takes.
    [OnShaInstructionsFact]
    public void Instructions_make_of_a_state_what_CSharp_makes()
    {
        var random = new Random(5);
        for (int trial = 0; trial < 20; trial++)
        {
            uint[] state = [.. Enumerable.Range(0, 8).Select(_ => (uint)random.NextInt64(1L << 32))], expected = [.. state];
            byte[] blocks = new byte[64 * (trial == 0 ? 2500 : random.Next(20))];
            random.NextBytes(blocks);
            Sha256.CompressByWords(expected, blocks);
            if (Sha256X64.IsSupported)
            {
                Sha256X64.Compress(state, blocks);
            }
            else
            {
                Sha256Arm.Compress(state, blocks);
            }

            state.ShouldBe(expected);
        }
    }

    [OnShaInstructionsFact(onLinuxX64: true)]
    public unsafe void The_entry_for_Windows_makes_the_same()
    {
        // Its convention takes the first two arguments in rcx and rdx, where System V has the fourth and third.
        byte[] block = [.. Enumerable.Range(0, 64).Select(i => (byte)i)];
        uint[] state = [1, 2, 3, 4, 5, 6, 7, 8], expected = [.. state];
        Sha256.CompressByWords(expected, block);
        byte* code = ExecutableMemory.Place(Sha256Code.Bytes);
        byte* arguments = (byte*)NativeMemory.AlignedAlloc(64, 16);
        fixed (uint* s = state)
        fixed (byte* b = block)
        {
            ((nint*)arguments)[0] = (nint)s;
            ((nint*)arguments)[1] = (nint)b;
            ((nint*)arguments)[2] = 1;
            ((delegate* unmanaged<nint, nint, byte*, byte*, void>)(code + Sha256Code.Windows))(0, 0, code + Sha256Code.Compress, arguments);
        }

        NativeMemory.AlignedFree(arguments);
        state.ShouldBe(expected);
    }

    [OnLinuxX64Fact]
    [Trait("Ring", "Full")]
    public void The_bytes_are_what_the_source_assembles_to() =>
        AssembledSource.Of("Sha256.s").ShouldBe(Sha256Code.Bytes, typeof(Sha256Code));

    [Fact]
    public void Too_little_room_is_an_error() =>
        Should.Throw<ArgumentException>(() => Sha256.Hash([], new byte[31]));
}

/// <summary>A fact where the processor has SHA instructions; elsewhere it is reported as skipped.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnShaInstructionsFactAttribute : FactAttribute
{
    /// <param name="onLinuxX64">Whether it needs Linux on x64, too.</param>
    public OnShaInstructionsFactAttribute(bool onLinuxX64 = false) => Skip =
        (onLinuxX64 ? LinuxX64.IsHere && Sha256X64.IsSupported : Sha256X64.IsSupported || Sha256Arm.IsSupported) ? null! : "The processor has no SHA instructions, or this is not Linux x64.";
}
