using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace StableQuant.Package.Tests.Consume;

/// <summary>A weights file that says what its shape is, made of a model whose file does not: the format, written down a second time.</summary>
internal static class MountableFile
{
    /// <summary>The bytes.</summary>
    /// <param name="model">The <c>.sqmodel</c>; its weights lie beside it.</param>
    /// <param name="shape">What to say.</param>
    public static byte[] Of(string model, string shape)
    {
        string text = File.ReadAllText(model);
        using var file = new MemoryStream();
        using var writer = new BinaryWriter(file);
        writer.Write(File.ReadAllBytes(Path.ChangeExtension(model, ".sqweights")));
        long start = file.Length;
        writer.Write(Convert.FromHexString(shape));

        string head = text.TrimEnd('\n').Split('\n')[^1];
        foreach (string key in new[] { "weights", "sums", "multipliers", "bias" })
        {
            Match offset = Regex.Match(head, $" {key}=([0-9]+)");
            writer.Write(offset.Success ? long.Parse(offset.Groups[1].Value, CultureInfo.InvariantCulture) : -1);
        }

        MatchCollection grids = Regex.Matches(text, " = quantize .* scale=([^ ]+) zero=([0-9]+)");
        writer.Write(grids.Count);
        foreach (Match grid in grids)
        {
            writer.Write(float.Parse(grid.Groups[1].Value, CultureInfo.InvariantCulture));
            writer.Write(int.Parse(grid.Groups[2].Value, CultureInfo.InvariantCulture));
        }

        Match vocabulary = Regex.Match(text, "(?m)^vocabulary blank=([0-9]+) space=([0-9]+) (.*)$");
        MatchCollection tokens = Regex.Matches(vocabulary.Groups[3].Value, "\"([^\"]*)\"");
        foreach (int number in new[] { tokens.Count, int.Parse(vocabulary.Groups[1].Value, CultureInfo.InvariantCulture), int.Parse(vocabulary.Groups[2].Value, CultureInfo.InvariantCulture) })
        {
            writer.Write(number);
        }

        foreach (Match token in tokens)
        {
            writer.Write(token.Groups[1].Length);
            writer.Write(Encoding.Unicode.GetBytes(token.Groups[1].Value));
        }

        writer.Write(new byte[-file.Length & 63]);
        writer.Write(SHA256.HashData(file.ToArray()));
        writer.Write(start);
        writer.Write(new byte[8]);
        writer.Write("StableQuantShape"u8);
        return file.ToArray();
    }
}
