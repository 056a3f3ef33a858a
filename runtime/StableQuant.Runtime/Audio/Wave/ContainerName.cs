using System.Text;

namespace StableQuant.Audio.Wave;

/// <summary>Names what a file is by its first bytes.</summary>
internal static class ContainerName
{
    /// <summary>Signatures at the beginning of a file. Of those that begin alike the longer comes first.</summary>
    private static readonly (byte[] Signature, string Name)[] Signatures =
    [
        ([.. "fLaC"u8], "FLAC"),
        ([.. "OggS"u8], "Ogg"),
        ([0x1A, 0x45, 0xDF, 0xA3], "Matroska"),
        ([.. ".snd"u8], "Sun AU"),
        ([.. "caff"u8], "Apple CAF"),
        ([.. "#!AMR"u8], "AMR"),
        ([.. "NIST_1A"u8], "NIST SPHERE"),
        ([.. "RIFX"u8], "big-endian WAV (RIFX)"),
        ([.. "riff"u8, 0x2E, 0x91, 0xCF, 0x11], "Wave64"),
        ([0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], "Windows Media (ASF)"),
        ([.. "wvpk"u8], "WavPack"),
        ([.. "MAC "u8], "Monkey's Audio"),
        ([.. "TTA1"u8], "True Audio"),
        ([.. "FLV"u8, 1], "Flash video"),
        ([.. "Creative Voice File"u8], "Creative VOC"),
        ([0x0B, 0x77], "AC-3"),
    ];

    /// <summary>What certainly is no sound, and what mends it.</summary>
    private static readonly (byte[] Signature, string Problem)[] Others =
    [
        ([.. "version https://git-lfs"u8], "a pointer of Git LFS in place of the recording; fetch it with: git lfs pull"),
        ([.. "<!DOCTYPE"u8], "an HTML page, not a recording; download the recording again"),
        ([.. "<!doctype"u8], "an HTML page, not a recording; download the recording again"),
        ([.. "<html"u8], "an HTML page, not a recording; download the recording again"),
        ([.. "<?xml"u8], "an XML file, not a recording; download the recording again"),
        ([.. "PK\u0003\u0004"u8], "a ZIP archive; unpack it first"),
        ([0x1F, 0x8B], "a gzip archive; unpack it first"),
    ];

    /// <summary>The form of sound that the bytes begin; null where they begin none that is known.</summary>
    /// <param name="head">The first bytes; <see cref="ByteSource.MaxPeek"/> of them tell all.</param>
    public static string? Of(ReadOnlySpan<byte> head)
    {
        foreach ((byte[] signature, string name) in Signatures)
        {
            if (head.StartsWith(signature))
            {
                return name switch
                {
                    "Ogg" => "Ogg" + Codec(head, ("OpusHead", " Opus"), ("vorbis", " Vorbis"), ("FLAC", " FLAC"), ("Speex", " Speex")),
                    "Matroska" => Codec(head, ("webm", "WebM")) is { Length: > 0 } webm ? webm : name,
                    _ => name,
                };
            }
        }

        return
            head.Length >= 12 && head[4..8].SequenceEqual("ftyp"u8) ? (head[8..10].SequenceEqual("3g"u8) ? "3GP" : "MP4 (AAC and others)") :
            head.Length >= 12 && head.StartsWith("FORM"u8) && head[8..].StartsWith("AIF"u8) ? "AIFF" :
            head.Length >= 12 && head.StartsWith("RIFF"u8) && head[8..].StartsWith("AVI "u8) ? "AVI" :
            head.Length >= 2 && head[0] == 0xFF && (head[1] & 0xF6) == 0xF0 ? "AAC (ADTS)" :
            head.Length >= 2 && head[0] == 0xFF && (head[1] & 0xE0) == 0xE0 && (head[1] & 0x06) is 2 or 4 ? "MP3" :
            head.Length >= 2 && head[0] == 0x56 && (head[1] & 0xE0) == 0xE0 ? "AAC (LOAS)" :
            null;
    }

    /// <summary>For what certainly is no sound: what it is, and the mend. Null for all else.</summary>
    public static string? NoSound(ReadOnlySpan<byte> head)
    {
        foreach ((byte[] signature, string problem) in Others)
        {
            if (head.StartsWith(signature))
            {
                return problem;
            }
        }

        return null;
    }

    /// <summary>Four characters for people: printable ones in quotes, others as hexadecimal bytes.</summary>
    public static string Show(ReadOnlySpan<byte> bytes) =>
        bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? $"0x{Convert.ToHexString(bytes)}" : $"'{Encoding.ASCII.GetString(bytes)}'";

    private static string Codec(ReadOnlySpan<byte> head, params ReadOnlySpan<(string Mark, string Name)> codecs)
    {
        foreach ((string mark, string name) in codecs)
        {
            if (head.IndexOf(Encoding.ASCII.GetBytes(mark)) >= 0)
            {
                return name;
            }
        }

        return "";
    }
}
