using StableQuant.Calibration.Float;
using StableQuant.Calibration.Quantization;
using StableQuant.Calibration.Simulate;
using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Calibration.Calibrate;

/// <summary>
/// Tries weights of 4 and 3 bits, one layer's alone at a time, and decides which layer gets which. Where the bits are to be found, layers give
/// up bits one after another, each time where it costs least divergence a byte, as long as the whole model is as good as it was, or until
/// it is as small as it shall be.
/// </summary>
/// <param name="model">The float model.</param>
/// <param name="simulator">Runs models over the search's speech.</param>
/// <param name="trials">Runs the whole.</param>
/// <param name="request">Which bits are allowed, and how small the model shall be.</param>
/// <param name="log">Is told how far it is.</param>
internal sealed class WeightBitsSearch(FloatModel model, Simulator simulator, LayerTrials trials, CalibrationRequest request, CalibrationLog log)
{
    /// <summary>Rise in word error rate, in points, that fewer bits may cost.</summary>
    public const double WerBudget = 0.1;

    /// <summary>
    /// Divergence, in nats a frame, that fewer bits may add to the whole model's: the words of a few hundred utterances do not show 0.1 points. By weights alone trained models
    /// that diverged by 3 to 6 thousandths lost 0 to 0.2 points, one that diverged by 16 lost 0.1, one that diverged by 29 lost 1.1 (docs/contributing/decisions.md).
    /// </summary>
    public const double DivergenceBudget = 2.5e-3;

    /// <summary>Tries and decides.</summary>
    /// <param name="layers">What was decided about the layers' grids.</param>
    /// <param name="bytes">Bytes of the model with weights of 8 bits.</param>
    public IReadOnlyList<CalibratedLayer> Run(IReadOnlyList<CalibratedLayer> layers, long bytes)
    {
        CalibratedLayer[] tried = [.. Try(layers)];
        if (request.WeightBits.Fixed is { } bits)
        {
            return [.. tried.Select(layer => layer.WeightTrials.Count > 0 ? layer with { WeightBits = bits } : layer)];
        }

        List<(int Layer, int Bits, long Saved)> moves = Moves(tried);
        if (request.SizeLimit is not { } limit)
        {
            return Most(tried, moves);
        }

        int made = 0;
        for (; bytes > limit && made < moves.Count; made++)
        {
            bytes -= moves[made].Saved;
        }

        return bytes <= limit ? After(tried, moves, made) : throw new StableQuantException(
            $"{request.OutputPath}: with weights of 3 bits the model takes about {bytes} bytes, more than the {limit} of --size-limit.");
    }

    /// <summary>Bytes of a product's weights in a file, and of what comes with them.</summary>
    public static long Bytes(Product product, int bits) => bits > IndexLayout.MaxBits
        ? Padded(product.PackedGroups * PanelLayout.Bytes(product.PackedOutputs, product.GroupInputs)) + Padded(product.PackedGroups * PanelLayout.Padded(product.PackedOutputs) * sizeof(int))
        : Padded(product.PackedGroups * IndexLayout.Bytes(bits, product.PackedOutputs, product.GroupInputs)) + Padded(product.PackedGroups * IndexLayout.LevelBytes(bits, product.PackedOutputs));

    private static long Padded(long bytes) => (bytes + PanelLayout.Alignment - 1) / PanelLayout.Alignment * PanelLayout.Alignment;

    private IEnumerable<CalibratedLayer> Try(IReadOnlyList<CalibratedLayer> layers)
    {
        log.Begin("try weight bits");
        for (int i = 0; i < layers.Count; i++)
        {
            log.Report(i, layers.Count);
            Product[] products = layers[i].IsFloat ? [] : Rounded(layers[i].Name);
            yield return products.Length == 0 ? layers[i] : layers[i] with { WeightTrials = [.. request.WeightBits.Stored.Select(bits => Try(layers[i].Name, products, bits))] };
        }

        log.Report(layers.Count, layers.Count);
    }

    private WeightTrial Try(string layer, Product[] products, int bits)
    {
        HashSet<string> names = products.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        SimulationResult result = simulator.Run(
            new QuantizedParts(new Dictionary<string, QuantizationGrid>(), names, new HashSet<string>()) { Bits = names.ToDictionary(name => name, _ => bits, StringComparer.Ordinal) }, layer, []);
        return new WeightTrial(bits, result.WordErrors.Rate, result.MaxDivergence, products.Sum(p => Bytes(p, bits)));
    }

    private Product[] Rounded(string layer) => [.. model.Operations.OfType<Product>().Where(p => p.Layer == layer && WeightRounding.IsRounded(p))];

    // All that can be given up, in the order in which it is. What 8 bits cost is taken for nothing.
    private List<(int Layer, int Bits, long Saved)> Moves(CalibratedLayer[] layers)
    {
        var now = layers.Select(layer => (Divergence: 0.0, Bytes: Rounded(layer.Name).Sum(p => Bytes(p, 8)), Bits: 8)).ToArray();
        var moves = new List<(int, int, long)>();
        while (true)
        {
            (int Layer, WeightTrial Trial)[] left = [.. layers.SelectMany((layer, i) => layer.WeightTrials.Where(t => t.Bits < now[i].Bits).Select(t => (i, t)))];
            if (left.Length == 0)
            {
                return moves;
            }

            (int place, WeightTrial next) = left.MinBy(m => (m.Trial.Divergence - now[m.Layer].Divergence) / (now[m.Layer].Bytes - m.Trial.Bytes));
            moves.Add((place, next.Bits, now[place].Bytes - next.Bytes));
            now[place] = (next.Divergence, next.Bytes, next.Bits);
        }
    }

    // As many moves as the whole model bears.
    private CalibratedLayer[] Most(CalibratedLayer[] layers, List<(int, int, long)> moves)
    {
        log.Begin("choose weight bits");
        int passes = 3 + (int)Math.Log2(Math.Max(moves.Count, 1)), passed = 0;
        SimulationResult Pass(int made)
        {
            SimulationResult result = Whole(After(layers, moves, made));
            log.Report(++passed, Math.Max(passes, passed + 1));
            return result;
        }

        SimulationResult before = Pass(0);
        double words = Math.Max(before.WordErrors.Rate, simulator.Float.WordErrors.Rate);
        int most = MostMoves(moves.Count, made => Pass(made).MaxDivergence - before.MaxDivergence <= DivergenceBudget, made => 100 * (Pass(made).WordErrors.Rate - words) <= WerBudget);
        log.Report(1, 1);
        return After(layers, moves, most);
    }

    /// <summary>The most moves that bring a model neither too far from what it was nor to more word errors.</summary>
    /// <param name="count">All moves.</param>
    /// <param name="isNear">Whether after so many the model is near enough: where some are not, more are not, so that it is found by halves.</param>
    /// <param name="hasWords">Whether after so many it hears well enough: a word more or less is chance, so that fewer are tried one by one.</param>
    internal static int MostMoves(int count, Func<int, bool> isNear, Func<int, bool> hasWords)
    {
        int low = 0, high = count;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = isNear(middle) ? (middle, high) : (low, middle - 1);
        }

        while (low > 0 && !hasWords(low))
        {
            low--;
        }

        return low;
    }

    private SimulationResult Whole(IReadOnlyList<CalibratedLayer> layers)
    {
        Dictionary<string, int> bits = layers.Where(layer => layer.WeightBits < 8).SelectMany(layer => Rounded(layer.Name).Select(p => (p.Name, layer.WeightBits)))
            .ToDictionary(p => p.Name, p => p.WeightBits, StringComparer.Ordinal);
        return trials.Whole(simulator, layers, bits);
    }

    private static CalibratedLayer[] After(CalibratedLayer[] layers, List<(int Layer, int Bits, long Saved)> moves, int made)
    {
        CalibratedLayer[] result = [.. layers];
        foreach ((int layer, int bits, _) in moves.Take(made))
        {
            result[layer] = result[layer] with { WeightBits = bits };
        }

        return result;
    }
}
