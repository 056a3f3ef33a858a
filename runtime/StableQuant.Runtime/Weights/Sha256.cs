using System.Buffers.Binary;
using System.ComponentModel;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace StableQuant.Weights;

/// <summary>
/// SHA-256 of our own: System.Security.Cryptography loads OpenSSL at run time on Linux, and a program that is one file must not need it to
/// check its own weights. By the processor's own instructions where it has them, or else in C#.
/// </summary>
/// <remarks>Source: NIST FIPS 180-4, Secure Hash Standard, 2015. Names of variables are the standard's.</remarks>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class Sha256
{
    /// <summary>Length of a hash, in bytes.</summary>
    public const int HashLength = 32;

    /// <summary>Length of a block, in bytes.</summary>
    internal const int BlockLength = 64;

    /// <summary>First 32 bits of the fractional parts of the cube roots of the first 64 primes (section 4.2.2).</summary>
    internal static ReadOnlySpan<uint> K =>
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>Hashes data and returns the hash in lower-case hexadecimal: 64 characters.</summary>
    /// <param name="data">Any number of bytes.</param>
    public static string HashHex(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[HashLength];
        Hash(data, hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Hashes data without allocating.</summary>
    /// <param name="data">Any number of bytes.</param>
    /// <param name="hash">Receives <see cref="HashLength"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="hash"/> is too small.</exception>
    public static void Hash(ReadOnlySpan<byte> data, Span<byte> hash)
    {
        if (hash.Length < HashLength)
        {
            throw new ArgumentException($"A SHA-256 hash takes {HashLength} bytes, there are {hash.Length}.", nameof(hash));
        }

        // First 32 bits of the fractional parts of the square roots of the first 8 primes (section 5.3.3).
        Span<uint> state =
        [
            0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
        ];
        int whole = data.Length / BlockLength * BlockLength;
        Compress(state, data[..whole]);

        // Padding (section 5.1.1): a one bit, zeros, the length in bits; in one block or two.
        Span<byte> tail = stackalloc byte[2 * BlockLength];
        tail.Clear();
        int rest = data.Length - whole;
        data[whole..].CopyTo(tail);
        tail[rest] = 0x80;
        int tailLength = rest + 9 <= BlockLength ? BlockLength : 2 * BlockLength;
        BinaryPrimitives.WriteUInt64BigEndian(tail[(tailLength - 8)..], (ulong)data.Length * 8);
        Compress(state, tail[..tailLength]);
        for (int i = 0; i < state.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(hash[(4 * i)..], state[i]);
        }
    }

    private static void Compress(Span<uint> state, ReadOnlySpan<byte> blocks)
    {
        if (Sha256X64.IsSupported)
        {
            Sha256X64.Compress(state, blocks);
        }
        else if (Sha256Arm.IsSupported)
        {
            Sha256Arm.Compress(state, blocks);
        }
        else
        {
            CompressByWords(state, blocks);
        }
    }

    /// <summary>
    /// Section 6.2.2 over whole blocks, in C#. Eight rounds make one step of the loop, so that no variable moves. Pointers spare
    /// the bounds checks, a fifth of the time; every index is below 64 by its loop.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static unsafe void CompressByWords(Span<uint> state, ReadOnlySpan<byte> blocks)
    {
        uint* w = stackalloc uint[64];
        fixed (uint* k = K)
        {
            for (; blocks.Length >= BlockLength; blocks = blocks[BlockLength..])
            {
                for (int t = 0; t < 16; t++)
                {
                    w[t] = BinaryPrimitives.ReadUInt32BigEndian(blocks[(4 * t)..]);
                }

                ExpandSchedule(w);
                uint a = state[0], b = state[1], c = state[2], d = state[3];
                uint e = state[4], f = state[5], g = state[6], h = state[7];
                for (int t = 0; t < 64; t += 8)
                {
                    Round(a, b, c, ref d, e, f, g, ref h, k[t] + w[t]);
                    Round(h, a, b, ref c, d, e, f, ref g, k[t + 1] + w[t + 1]);
                    Round(g, h, a, ref b, c, d, e, ref f, k[t + 2] + w[t + 2]);
                    Round(f, g, h, ref a, b, c, d, ref e, k[t + 3] + w[t + 3]);
                    Round(e, f, g, ref h, a, b, c, ref d, k[t + 4] + w[t + 4]);
                    Round(d, e, f, ref g, h, a, b, ref c, k[t + 5] + w[t + 5]);
                    Round(c, d, e, ref f, g, h, a, ref b, k[t + 6] + w[t + 6]);
                    Round(b, c, d, ref e, f, g, h, ref a, k[t + 7] + w[t + 7]);
                }

                state[0] += a;
                state[1] += b;
                state[2] += c;
                state[3] += d;
                state[4] += e;
                state[5] += f;
                state[6] += g;
                state[7] += h;
            }
        }
    }

    /// <summary>
    /// w[t] = σ1(w[t−2]) + w[t−7] + σ0(w[t−15]) + w[t−16] for t from 16 on. Four at a time, except for σ1, which needs what
    /// the same four have just made.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void ExpandSchedule(uint* w)
    {
        for (int t = 16; t < 64; t += 4)
        {
            Vector128<uint> known = Vector128.Load(w + t - 16) + SmallSigma0(Vector128.Load(w + t - 15)) + Vector128.Load(w + t - 7);
            w[t] = known.GetElement(0) + SmallSigma1(w[t - 2]);
            w[t + 1] = known.GetElement(1) + SmallSigma1(w[t - 1]);
            w[t + 2] = known.GetElement(2) + SmallSigma1(w[t]);
            w[t + 3] = known.GetElement(3) + SmallSigma1(w[t + 1]);
        }
    }

    /// <summary>One round; the standard's eight assignments become two, because the caller renames the variables.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(uint a, uint b, uint c, ref uint d, uint e, uint f, uint g, ref uint h, uint kw)
    {
        uint t1 = h + BigSigma1(e) + (g ^ (e & (f ^ g))) + kw;
        d += t1;
        h = t1 + BigSigma0(a) + ((a & b) | (c & (a | b)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint BigSigma0(uint x) => BitOperations.RotateRight(x, 2) ^ BitOperations.RotateRight(x, 13) ^ BitOperations.RotateRight(x, 22);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint BigSigma1(uint x) => BitOperations.RotateRight(x, 6) ^ BitOperations.RotateRight(x, 11) ^ BitOperations.RotateRight(x, 25);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<uint> SmallSigma0(Vector128<uint> x) => (x >>> 7 | x << 25) ^ (x >>> 18 | x << 14) ^ (x >>> 3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint SmallSigma1(uint x) => BitOperations.RotateRight(x, 17) ^ BitOperations.RotateRight(x, 19) ^ (x >> 10);
}
