using System.Buffers.Binary;
using System.Numerics;

namespace TranscriptionServer.WebSockets;

/// <summary>
/// SHA-1, by which a WebSocket's handshake tells that the server knows the protocol; it keeps nothing secret. .NET has it from OpenSSL, which an image
/// that has the server alone lacks. Source: RFC 3174.
/// </summary>
internal static class Sha1
{
    private const int BlockBytes = 64;

    /// <summary>The hash of some bytes: 20 of them.</summary>
    public static byte[] HashData(ReadOnlySpan<byte> data)
    {
        // What is hashed ends with a bit that is set, zeros, and how many bits there are.
        byte[] padded = new byte[(data.Length + 1 + sizeof(ulong) + BlockBytes - 1) / BlockBytes * BlockBytes];
        data.CopyTo(padded);
        padded[data.Length] = 0x80;
        BinaryPrimitives.WriteUInt64BigEndian(padded.AsSpan(padded.Length - sizeof(ulong)), (ulong)data.Length * 8);

        uint[] hash = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0];
        for (int at = 0; at < padded.Length; at += BlockBytes)
        {
            AddBlock(hash, padded.AsSpan(at, BlockBytes));
        }

        byte[] bytes = new byte[hash.Length * sizeof(uint)];
        for (int i = 0; i < hash.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * sizeof(uint)), hash[i]);
        }

        return bytes;
    }

    private static void AddBlock(uint[] hash, ReadOnlySpan<byte> block)
    {
        Span<uint> words = stackalloc uint[80];
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = i < 16
                ? BinaryPrimitives.ReadUInt32BigEndian(block[(i * sizeof(uint))..])
                : BitOperations.RotateLeft(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        }

        (uint a, uint b, uint c, uint d, uint e) = (hash[0], hash[1], hash[2], hash[3], hash[4]);
        for (int i = 0; i < words.Length; i++)
        {
            (uint choice, uint constant) = (i / 20) switch
            {
                0 => ((b & c) | (~b & d), 0x5A827999u),
                1 => (b ^ c ^ d, 0x6ED9EBA1u),
                2 => ((b & c) | (b & d) | (c & d), 0x8F1BBCDCu),
                _ => (b ^ c ^ d, 0xCA62C1D6u),
            };
            (a, b, c, d, e) = (BitOperations.RotateLeft(a, 5) + choice + e + words[i] + constant, a, BitOperations.RotateLeft(b, 30), c, d);
        }

        hash[0] += a;
        hash[1] += b;
        hash[2] += c;
        hash[3] += d;
        hash[4] += e;
    }
}
