using StableQuant.Calibration.Speech;
using StableQuant.Graph;

namespace StableQuant.Calibration.Calibrate;

/// <summary>
/// The steps of calibrations in order, and about what each costs: estimated before, so that a display can tell the time left. A step that
/// is left out makes the whole jump, never go back.
/// </summary>
internal sealed class CalibrationPlan
{
    // Passes of speech, in those of the float model: recording copies every value, int8 is faster, a layer alone is a part of the model.
    private const double Recording = 1.5, Int8 = 0.4, OneLayer = 0.6;

    // Layers that are selected, of all; percentiles tried a layer.
    private const double Selected = 1 / 3.0, Trials = 5;

    private readonly IReadOnlyList<(string Step, double Cost)> steps;
    private readonly double total;
    private int current = -1;
    private double before;
    private double reported;

    /// <summary>A plan of some steps.</summary>
    public CalibrationPlan(IReadOnlyList<(string Step, double Cost)> steps)
    {
        this.steps = steps;
        total = Math.Max(steps.Sum(step => step.Cost), double.Epsilon);
    }

    /// <summary>The steps of calibrations that share a float model's passes.</summary>
    /// <param name="requests">What is asked for, one after another.</param>
    /// <param name="layers">Layers of the model.</param>
    public static CalibrationPlan Of(IReadOnlyList<CalibrationRequest> requests, int layers)
    {
        var heard = new HashSet<string>(StringComparer.Ordinal);
        var simulated = new HashSet<string>(StringComparer.Ordinal);
        var steps = new List<(string, double)>();
        foreach (CalibrationRequest request in requests)
        {
            steps.AddRange(Steps(request, layers, heard, simulated, isFirst: steps.Count == 0));
        }

        return new CalibrationPlan(steps);
    }

    /// <summary>A step begins: the next of its name. One that is not planned belongs to the one before.</summary>
    public void Begin(string step)
    {
        for (int i = current + 1; i < steps.Count; i++)
        {
            if (steps[i].Step == step)
            {
                before = steps.Take(i).Sum(s => s.Cost);
                current = i;
                return;
            }
        }
    }

    /// <summary>The share of all that is done, 0 to 1; never less than before, though a step may find that there is more to do. May be called by any thread.</summary>
    /// <param name="done">The share of the current step that is done.</param>
    public double Done(double done)
    {
        lock (steps)
        {
            return reported = Math.Max(reported, current < 0 ? 0 : Math.Clamp((before + steps[current].Cost * done) / total, 0, 1));
        }
    }

    private static IEnumerable<(string Step, double Cost)> Steps(CalibrationRequest request, int layers, HashSet<string> heard, HashSet<string> simulated, bool isFirst)
    {
        bool searches = request.Method == CalibrationMethod.StableQuant;
        (SpeechDataset data, SpeechDataset? holdout) = request.Holdout is { } given ? (request.Data, given)
            : searches && request.Data.HoldOut() is var (others, held) ? (others, held)
            : (request.Data, null);
        IEnumerable<(string, double)> Float(SpeechDataset? set, HashSet<string> known) =>
            set is not null && known.Add(set.Name) ? [($"float model on {set.Name}", set.Utterances.Count)] : [];
        foreach (SpeechDataset set in new[] { request.Probe, request.Data, request.Holdout }.OfType<SpeechDataset>().Where(set => !set.HasTranscripts))
        {
            foreach ((string, double) step in Float(set, heard))
            {
                yield return step;
            }
        }

        double count = data.Utterances.Count;
        if (isFirst)
        {
            yield return ("record activations", Recording * count);
        }

        bool feedsBack = searches && request.Levers.HasFlag(CalibrationLevers.ErrorFeedback);
        if (feedsBack || request.WeightBits.Stored.Count > 0)
        {
            yield return ("round weights", count);
        }

        if (searches)
        {
            foreach ((string, double) step in Float(data, simulated))
            {
                yield return step;
            }

            yield return ("select layers", OneLayer * layers * count);
            yield return ("search percentiles", OneLayer * layers * count * Trials * (request.Outliers == Outliers.Keep ? 1 : 1.6 * Selected));
            yield return ("whole model", count);
            foreach ((string, double) step in Float(holdout, simulated))
            {
                yield return step;
            }

            yield return ("check on holdout", 2 * OneLayer * Selected * layers * (holdout?.Utterances.Count ?? 0));
        }

        if (request.WeightBits.Stored.Count > 0)
        {
            yield return ("try weight bits", searches ? OneLayer * layers * count * request.WeightBits.Stored.Count : 0);
            yield return ("choose weight bits", searches && request.WeightBits.Fixed is null && request.SizeLimit is null ? 6 * count : 0);
        }

        yield return ("compile", Int8 * count / 10);
        foreach (SpeechDataset set in new[] { data, holdout, request.Probe }.OfType<SpeechDataset>())
        {
            foreach ((string, double) step in Float(set, heard))
            {
                yield return step;
            }

            yield return ($"int8 model on {set.Name}", Int8 * set.Utterances.Count);
        }

        yield return ("silence and noise", 5);
        if (request is { Attribute: true, Probe: { } probe })
        {
            yield return ("attribute differences", OneLayer * (layers + 20) * probe.Utterances.Count);
        }
    }
}
