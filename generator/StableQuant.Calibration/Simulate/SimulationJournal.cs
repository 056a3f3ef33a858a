using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Calibration.Simulate;

/// <summary>
/// What simulations found, one line each in a file beside the model to be: a search that was stopped, however, finds it
/// there and goes on where it was. The first line tells which model and speech it belongs to; another's is begun anew.
/// </summary>
internal sealed class SimulationJournal : IDisposable
{
    // A layer without products to measure has an infinite ratio.
    private static readonly JsonSerializerOptions Numbers = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly string path;
    private readonly string owner;
    private readonly Dictionary<string, SimulationResult> results = new(StringComparer.Ordinal);
    private StreamWriter? file;

    /// <summary>Reads what there is, up to the first line that is none of ours: the last one may have been cut off.</summary>
    /// <param name="path">The file; it is made when the first result is added.</param>
    /// <param name="owner">Stands for all that results depend on, apart from what is quantized.</param>
    public SimulationJournal(string path, string owner)
    {
        this.path = path;
        this.owner = owner;
        if (File.Exists(path) && File.ReadLines(path).FirstOrDefault() == owner)
        {
            foreach (Entry entry in File.ReadLines(path).Skip(1).Select(Parse).TakeWhile(e => e is not null).Select(e => e!))
            {
                results[entry.Key] = entry.ToResult();
            }
        }

        Known = results.Count;
    }

    /// <summary>What the parts are called here.</summary>
    /// <param name="speech">Tells the simulator's speech from others'.</param>
    /// <param name="parts">What is quantized.</param>
    /// <param name="bits">Bits of a product's weights, by its name.</param>
    public static string Key(string speech, QuantizedParts parts, Func<string, int> bits)
    {
        var text = new StringBuilder();
        foreach ((string operand, QuantizationGrid grid) in parts.Grids.OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{operand} {grid.Type} {BitConverter.SingleToInt32Bits(grid.Scale)} {grid.ZeroPoint} {grid.Outliers}{(grid.IsDithered ? " dithered" : "")}\n");
        }

        text.AppendJoin('\n', parts.Weights.Order(StringComparer.Ordinal).Select(product => string.Create(CultureInfo.InvariantCulture, $"{product} {bits(product)}"))).Append('\n');
        text.AppendJoin('\n', parts.Probabilities.Order(StringComparer.Ordinal));
        return $"{speech} {Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))}";
    }

    /// <summary>How many results were in the file.</summary>
    public int Known { get; }

    /// <summary>What was found for a key, if it was.</summary>
    public SimulationResult? Find(string key) => results.GetValueOrDefault(key);

    /// <summary>Keeps a result.</summary>
    public void Add(string key, SimulationResult result)
    {
        file ??= Begin();
        Write(file, key, result);
        file.Flush();
        results[key] = result;
    }

    /// <summary>Deletes the file: the search is done.</summary>
    public void Delete()
    {
        Dispose();
        File.Delete(path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        file?.Dispose();
        file = null;
    }

    // Written anew, so that new lines do not follow one that was cut off.
    private StreamWriter Begin()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var writer = new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read)) { NewLine = "\n" };
        writer.WriteLine(owner);
        foreach ((string key, SimulationResult result) in results)
        {
            Write(writer, key, result);
        }

        return writer;
    }

    private static void Write(StreamWriter writer, string key, SimulationResult result)
    {
        IEnumerable<int> words = result.Words.SelectMany(w => new[] { w.Substitutions, w.Insertions, w.Deletions, w.Length });
        writer.WriteLine(JsonSerializer.Serialize(new Entry(key, [.. words], result.Divergence, result.DivergenceElsewhere, result.SignalToNoise), Numbers));
    }

    private static Entry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<Entry>(line, Numbers) is { IsWhole: true } entry ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>One line.</summary>
    /// <param name="Key">What was quantized.</param>
    /// <param name="Words">Substitutions, insertions, deletions and reference words of each utterance.</param>
    /// <param name="Divergence">See <see cref="SimulationResult"/>.</param>
    /// <param name="DivergenceElsewhere">See <see cref="SimulationResult"/>.</param>
    /// <param name="SignalToNoise">See <see cref="SimulationResult"/>.</param>
    private sealed record Entry(string Key, int[] Words, double Divergence, double DivergenceElsewhere, double SignalToNoise)
    {
        /// <summary>Whether nothing is missing, and nothing is what no simulation finds.</summary>
        [JsonIgnore]
        public bool IsWhole =>
            Key is not null && Words is { Length: var count } && count % 4 == 0 && Words.All(w => w >= 0) && IsDivergence(Divergence) && IsDivergence(DivergenceElsewhere) && !double.IsNaN(SignalToNoise);

        // Where two models agree, rounding leaves a little less than nothing.
        private static bool IsDivergence(double value) => value >= -1e-3 && double.IsFinite(value);

        public SimulationResult ToResult() => new([.. Words.Chunk(4).Select(w => new ErrorRate(w[0], w[1], w[2], w[3]))], Divergence, DivergenceElsewhere, SignalToNoise);
    }
}
