using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using StableQuant.Graph;

namespace StableQuant.Benchmarks.Models;

/// <summary>
/// Members of the family at full size, as Hugging Face folders: the public figures of their <c>config.json</c> and the shapes of their tensors lie in
/// <c>Models/Seeded</c>, and the weights are seeded normal values in float16. Speed does not depend on the values.
/// </summary>
internal static partial class SeededCheckpoint
{
    private const int Seed = 1;

    /// <summary>Writes a folder's files. The same figures give the same bytes, everywhere.</summary>
    /// <param name="figures">A file of <c>Models/Seeded</c>: a JSON object of <c>config</c> and <c>tensors</c>, name → dimensions; <c>0..23</c> in a name is each of these numbers.</param>
    /// <param name="config">Where <c>config.json</c> goes.</param>
    /// <param name="tensors">Where <c>model.safetensors</c> goes.</param>
    public static void Write(string figures, string config, string tensors)
    {
        using FileStream stream = File.Create(tensors);
        var random = new Random(Seed);
        foreach ((string name, int[] shape) in WriteHeader(figures, config, stream))
        {
            (double mean, double deviation) = Statistics(name, shape);
            stream.Write(NormalValues.Draw(checked((int)Count(shape)), random, x => (Half)(mean + (deviation * x))));
        }
    }

    /// <summary>Writes all but the tensors' bytes.</summary>
    /// <param name="figures">See <see cref="Write"/>.</param>
    /// <param name="config">See <see cref="Write"/>.</param>
    /// <param name="tensors">Receives the length of the header and the header, JSON.</param>
    /// <returns>The tensors in the order of their bytes.</returns>
    public static IReadOnlyList<(string Name, int[] Shape)> WriteHeader(string figures, string config, Stream tensors)
    {
        JsonNode json = Read(figures);
        File.WriteAllText(config, json["config"]!.ToJsonString());
        var header = new JsonObject();
        var order = new List<(string, int[])>();
        long end = 0;
        foreach ((string pattern, JsonNode? dimensions) in json["tensors"]!.AsObject())
        {
            int[] shape = dimensions.Deserialize<int[]>()!;
            foreach (string name in Names(pattern))
            {
                long start = end;
                end += Bytes(shape);
                header[name] = new JsonObject { ["dtype"] = "F16", ["shape"] = dimensions!.DeepClone(), ["data_offsets"] = new JsonArray(start, end) };
                order.Add((name, shape));
            }
        }

        byte[] text = JsonSerializer.SerializeToUtf8Bytes(header);
        tensors.Write(BitConverter.GetBytes((long)text.Length));
        tensors.Write(text);
        return order;
    }

    /// <summary>Bytes of a tensor.</summary>
    public static long Bytes(int[] shape) => Count(shape) * Marshal.SizeOf<Half>();

    /// <summary>A vocabulary of as many tokens as the head has outputs.</summary>
    public static Vocabulary Vocabulary(string figures)
    {
        JsonNode config = Read(figures)["config"]!;
        IEnumerable<string> tokens = Enumerable.Range(0, (int)config["vocab_size"]!).Select(i => string.Create(CultureInfo.InvariantCulture, $"t{i}"));
        return new(new([.. tokens]), (int)config["pad_token_id"]!, WordDelimiter: -1);
    }

    private static JsonNode Read(string figures) => JsonNode.Parse(File.ReadAllText(figures))!;

    private static IEnumerable<string> Names(string name)
    {
        Match range = Range().Match(name);
        return !range.Success ? [name] : Enumerable.Range(Number(range, 1), Number(range, 2) - Number(range, 1) + 1)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"{name[..range.Index]}{i}{name[(range.Index + range.Length)..]}"));
    }

    private static int Number(Match range, int group) => int.Parse(range.Groups[group].ValueSpan, CultureInfo.InvariantCulture);

    // Gains and variances are about 1; weights keep the size of what they multiply.
    private static (double Mean, double Deviation) Statistics(string name, int[] shape) =>
        name.EndsWith("running_var", StringComparison.Ordinal) || name.EndsWith("original0", StringComparison.Ordinal) || (shape.Length == 1 && name.EndsWith(".weight", StringComparison.Ordinal)) ? (1, 0.1)
        : shape.Length == 1 ? (0, 0.05)
        : (0, 1 / Math.Sqrt(shape.Skip(1).Aggregate(1.0, (product, size) => product * size)));

    private static long Count(int[] shape) => shape.Aggregate(1L, (product, size) => product * size);

    [GeneratedRegex(@"(\d+)\.\.(\d+)")]
    private static partial Regex Range();
}
