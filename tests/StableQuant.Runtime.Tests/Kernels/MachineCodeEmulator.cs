using System.Runtime.InteropServices;
using Iced.Intel;

namespace StableQuant.Runtime.Tests.Kernels;

/// <summary>
/// Runs machine code on any processor, instruction by instruction, as Intel's manual defines each of those that our code has: so a swapped
/// operand, a wrong offset or a register that is not given back shows where the processor has no tiles, too.
/// </summary>
internal sealed unsafe class MachineCodeEmulator(byte[] code)
{
    private const int StackBytes = 4096, TileBytes = 1024, RowBytes = 64, CodeBase = 0x10000;

    private readonly Dictionary<ulong, Instruction> instructions = Decode(code);
    private readonly long[] general = new long[16];
    private readonly byte[][] vectors = [.. Enumerable.Range(0, 32).Select(_ => new byte[64])];
    private readonly byte[][] tiles = [.. Enumerable.Range(0, 8).Select(_ => new byte[TileBytes])];
    private readonly (int Rows, int Bytes)[] sizes = new (int, int)[8];
    private bool isZero;

    /// <summary>Whether tiles are configured: the processor must save them then.</summary>
    public bool HasTiles => sizes.Any(size => size.Rows > 0);

    /// <summary>Where an entry lies, as the code sees it.</summary>
    public static long AddressOf(int entry) => CodeBase + entry;

    /// <summary>Runs the code from an entry to its return.</summary>
    /// <param name="entry">Where it begins.</param>
    /// <param name="arguments">What registers hold at first.</param>
    /// <returns>What the registers hold at last.</returns>
    public IReadOnlyDictionary<Register, long> Run(int entry, params (Register Register, long Value)[] arguments)
    {
        for (int i = 0; i < general.Length; i++)
        {
            general[i] = 0x5A5A_0000 + i;
        }

        foreach ((Register register, long value) in arguments)
        {
            Number(register) = value;
        }

        byte* stack = stackalloc byte[StackBytes];
        long top = Number(Register.RSP) = (long)(stack + StackBytes);
        Push(0);
        long[] before = [.. general];
        for (ulong next = CodeBase + (ulong)entry; next != 0;)
        {
            Instruction instruction = instructions[next];
            next = Step(instruction);
        }

        Number(Register.RSP).ShouldBe(top);
        foreach (Register saved in new[] { Register.RBX, Register.RBP, Register.R12, Register.R13, Register.R14, Register.R15 })
        {
            Number(saved).ShouldBe(before[saved - Register.RAX], $"{saved} is the caller's");
        }

        return Enumerable.Range(0, 16).ToDictionary(i => Register.RAX + i, i => general[i]);
    }

    private static Dictionary<ulong, Instruction> Decode(byte[] code)
    {
        var decoder = Decoder.Create(64, code);
        decoder.IP = CodeBase;
        var found = new Dictionary<ulong, Instruction>();
        while (decoder.IP < CodeBase + (ulong)code.Length)
        {
            Instruction instruction = decoder.Decode();
            found.Add(instruction.IP, instruction);
        }

        return found;
    }

    // Returns where the next instruction lies; 0 behind the last return.
    private ulong Step(in Instruction i)
    {
        switch (i.Mnemonic)
        {
            case Mnemonic.Mov: Write(i, Read(i, 1)); break;
            case Mnemonic.Movsxd: Write(i, (int)Read(i, 1)); break;
            case Mnemonic.Lea: Write(i, Address(i)); break;
            case Mnemonic.Add: Result(i, Read(i, 0) + Read(i, 1)); break;
            case Mnemonic.Sub: Result(i, Read(i, 0) - Read(i, 1)); break;
            case Mnemonic.Inc: Result(i, Read(i, 0) + 1); break;
            case Mnemonic.Dec: Result(i, Read(i, 0) - 1); break;
            case Mnemonic.Shl: Result(i, Read(i, 0) << (int)Read(i, 1)); break;
            case Mnemonic.Shr: Result(i, (long)((ulong)Read(i, 0) >> (int)Read(i, 1))); break;
            case Mnemonic.Cmp: isZero = Read(i, 0) == Read(i, 1); break;
            case Mnemonic.Jmp: return i.NearBranchTarget;
            case Mnemonic.Test: isZero = (Read(i, 0) & Read(i, 1)) == 0; break;
            case Mnemonic.Je: return isZero ? i.NearBranchTarget : i.NextIP;
            case Mnemonic.Jne: return isZero ? i.NextIP : i.NearBranchTarget;
            case Mnemonic.Push: Push(Read(i, 0)); break;
            case Mnemonic.Pop: Write(i, Pop()); break;
            case Mnemonic.Call: Push((long)i.NextIP); return (ulong)Read(i, 0);
            case Mnemonic.Ret: return (ulong)Pop();
            case Mnemonic.Nop: break;
            case Mnemonic.Vzeroupper: break;
            case Mnemonic.Vmovdqa64 when i.Op0Kind == OpKind.Memory: Vector(i, 1).CopyTo(Aligned(i)); break;
            case Mnemonic.Vmovdqa64: Aligned(i).CopyTo(Vector(i, 0)); break;
            case Mnemonic.Vpbroadcastd: Ints(Vector(i, 0)).Fill(*(int*)Address(i)); break;
            case Mnemonic.Vpxord: Bytes(i, (a, b) => a ^ b); break;
            case Mnemonic.Vpsubb: Bytes(i, (a, b) => a - b); break;
            case Mnemonic.Vpdpbusd: DotProducts(Ints(Vector(i, 0)), Vector(i, 1), Vector(i, 2)); break;
            case Mnemonic.Ldtilecfg: LoadSizes((byte*)Address(i)); break;
            case Mnemonic.Tilerelease: Array.Clear(sizes); break;
            case Mnemonic.Tilezero: Configured(i, 0); tiles[TileOf(i, 0)].AsSpan().Clear(); break;
            case Mnemonic.Tileloadd or Mnemonic.Tileloaddt1: LoadTile(i); break;
            case Mnemonic.Tilestored: StoreTile(i); break;
            case Mnemonic.Tdpbusd: MultiplyTiles(i); break;
            default: throw new NotSupportedException($"{i} at {i.IP - CodeBase:x}");
        }

        return i.NextIP;
    }

    private void LoadSizes(byte* configuration)
    {
        configuration[0].ShouldBe((byte)1, "the palette");
        new ReadOnlySpan<byte>(configuration + 1, 15).IndexOfAnyExcept((byte)0).ShouldBe(-1, "what is reserved");
        for (int tile = 0; tile < 8; tile++)
        {
            sizes[tile] = (configuration[48 + tile], *(ushort*)(configuration + 16 + 2 * tile));
            sizes[tile].Rows.ShouldBeInRange(0, 16);
            sizes[tile].Bytes.ShouldBeInRange(0, RowBytes);
            tiles[tile].AsSpan().Clear();
        }
    }

    private void LoadTile(in Instruction i)
    {
        (int rows, int bytes) = Configured(i, 0);
        byte[] tile = tiles[TileOf(i, 0)];
        tile.AsSpan().Clear();
        for (int row = 0; row < rows; row++)
        {
            new ReadOnlySpan<byte>((byte*)RowAddress(i, row), bytes).CopyTo(tile.AsSpan(row * RowBytes));
        }
    }

    private void StoreTile(in Instruction i)
    {
        (int rows, int bytes) = Configured(i, 1);
        for (int row = 0; row < rows; row++)
        {
            tiles[TileOf(i, 1)].AsSpan(row * RowBytes, bytes).CopyTo(new Span<byte>((byte*)RowAddress(i, row), bytes));
        }
    }

    private void MultiplyTiles(in Instruction i)
    {
        (int rows, int bytes) = Configured(i, 0);
        (int leftRows, int leftBytes) = Configured(i, 1);
        (int rightRows, int rightBytes) = Configured(i, 2);
        (leftRows, rightBytes, leftBytes / 4).ShouldBe((rows, bytes, rightRows), "#UD: tiles that do not fit");
        for (int row = 0; row < rows; row++)
        {
            Span<int> sums = Ints(tiles[TileOf(i, 0)]).Slice(row * 16, bytes / 4);
            for (int group = 0; group < rightRows; group++)
            {
                ReadOnlySpan<byte> left = tiles[TileOf(i, 1)].AsSpan(row * RowBytes + group * 4, 4), right = tiles[TileOf(i, 2)].AsSpan(group * RowBytes);
                for (int column = 0; column < sums.Length; column++)
                {
                    sums[column] += DotProduct(left, right[(column * 4)..]);
                }
            }
        }
    }

    private static void DotProducts(Span<int> sums, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        for (int lane = 0; lane < sums.Length; lane++)
        {
            sums[lane] += DotProduct(left[(lane * 4)..], right[(lane * 4)..]);
        }
    }

    // Four products, unsigned by signed.
    private static int DotProduct(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) =>
        left[0] * (sbyte)right[0] + left[1] * (sbyte)right[1] + left[2] * (sbyte)right[2] + left[3] * (sbyte)right[3];

    private void Bytes(in Instruction i, Func<int, int, int> operation)
    {
        ReadOnlySpan<byte> a = Vector(i, 1), b = i.Op2Kind == OpKind.Memory ? new Span<byte>((byte*)Address(i), 64) : Vector(i, 2);
        Span<byte> result = Vector(i, 0);
        for (int lane = 0; lane < 64; lane++)
        {
            result[lane] = (byte)operation(a[lane], b[lane]);
        }
    }

    private (int Rows, int Bytes) Configured(in Instruction i, int operand)
    {
        (int rows, int bytes) = sizes[TileOf(i, operand)];
        (rows * bytes).ShouldBeGreaterThan(0, $"#UD: {i} on a tile without size");
        return (rows, bytes);
    }

    // Memory operands of tiles: the index register, scaled, is the distance of rows.
    private long RowAddress(in Instruction i, int row) =>
        Number(i.MemoryBase) + (long)i.MemoryDisplacement64 + row * (i.MemoryIndex == Register.None ? 0 : Number(i.MemoryIndex) * i.MemoryIndexScale);

    private long Address(in Instruction i) =>
        Number(i.MemoryBase) + (i.MemoryIndex == Register.None ? 0 : Number(i.MemoryIndex) * i.MemoryIndexScale) + (long)i.MemoryDisplacement64;

    private Span<byte> Aligned(in Instruction i)
    {
        long address = Address(i);
        (address % 64).ShouldBe(0, "#GP: not aligned");
        return new((byte*)address, 64);
    }

    private long Read(in Instruction i, int operand) => i.GetOpKind(operand) switch
    {
        OpKind.Register => Number(i.GetOpRegister(operand)),
        OpKind.Memory => i.MemorySize.GetSize() == 4 ? *(int*)Address(i) : *(long*)Address(i),
        _ => (long)i.GetImmediate(operand),
    };

    private void Write(in Instruction i, long value) => Number(i.Op0Register) = i.Op0Register.GetSize() == 4 ? (uint)value : value;

    private void Result(in Instruction i, long value)
    {
        Write(i, value);
        isZero = value == 0;
    }

    private void Push(long value) => *(long*)(Number(Register.RSP) -= 8) = value;

    private long Pop()
    {
        long value = *(long*)Number(Register.RSP);
        Number(Register.RSP) += 8;
        return value;
    }

    private ref long Number(Register register) => ref general[register.GetFullRegister() - Register.RAX];

    private Span<byte> Vector(in Instruction i, int operand) => vectors[i.GetOpRegister(operand) - Register.ZMM0];

    private static int TileOf(in Instruction i, int operand) => i.GetOpRegister(operand) - Register.TMM0;

    private static Span<int> Ints(Span<byte> bytes) => MemoryMarshal.Cast<byte, int>(bytes);
}
