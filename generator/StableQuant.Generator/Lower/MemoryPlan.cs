using StableQuant.Graph;

namespace StableQuant.Generator.Lower;

/// <summary>
/// The static memory plan: each buffer gets a slot of the arena, and buffers that are never alive together share one.
/// All sizes grow alike with the utterance, so that the plan made for one length is good for all.
/// </summary>
internal static class MemoryPlan
{
    private const int ReferenceSamples = 160_000;

    public static LoweredModel Assign(LoweredModel network)
    {
        long[] frames = Frames(network.Stages);
        var lifetimes = new Dictionary<Buffer, (int First, int Last)> { [network.Samples] = (0, 0) };
        for (int i = 0; i < network.Steps.Count; i++)
        {
            foreach (Buffer buffer in BuffersOf(network.Steps[i]))
            {
                lifetimes[buffer] = (lifetimes.TryGetValue(buffer, out (int First, int Last) known) ? known.First : i, i);
            }
        }

        lifetimes[network.Logits] = (lifetimes[network.Logits].First, network.Steps.Count);

        long Size(Buffer buffer) => buffer.FixedBytes + (frames[buffer.Stage] + buffer.PadLeft + buffer.PadRight) * buffer.RowBytes;
        var slots = new List<(int BusyUntil, long Bytes)>();
        var placed = new Dictionary<Buffer, Buffer>();
        foreach (Buffer buffer in lifetimes.Keys.OrderBy(b => lifetimes[b].First).ThenByDescending(Size).ThenBy(b => b.Name, StringComparer.Ordinal))
        {
            int slot = BestSlot(slots, lifetimes[buffer].First, Size(buffer));
            if (slot < 0)
            {
                slot = slots.Count;
                slots.Add((-1, 0));
            }

            slots[slot] = (lifetimes[buffer].Last, Math.Max(slots[slot].Bytes, Size(buffer)));
            placed.Add(buffer, buffer with { Slot = slot });
        }

        return network with
        {
            Buffers = new(placed.Values),
            SlotCount = slots.Count,
            Steps = new(network.Steps.Select(step => Place(step, placed))),
            Samples = placed[network.Samples],
            Logits = placed[network.Logits],
        };
    }

    // The free slot that wastes least: the smallest that is large enough, else the largest.
    private static int BestSlot(List<(int BusyUntil, long Bytes)> slots, int from, long bytes)
    {
        int best = -1;
        for (int i = 0; i < slots.Count; i++)
        {
            if (slots[i].BusyUntil >= from)
            {
                continue;
            }

            bool fits = slots[i].Bytes >= bytes;
            bool bestFits = best >= 0 && slots[best].Bytes >= bytes;
            if (best < 0 || (fits ? !bestFits || slots[i].Bytes < slots[best].Bytes : !bestFits && slots[i].Bytes > slots[best].Bytes))
            {
                best = i;
            }
        }

        return best;
    }

    private static long[] Frames(EquatableArray<Stage> stages)
    {
        var frames = new long[stages.Count];
        frames[0] = ReferenceSamples;
        foreach (Stage stage in stages.Skip(1))
        {
            frames[stage.Index] = stage.Frames(frames[stage.Previous]);
        }

        return frames;
    }

    private static IEnumerable<Buffer> BuffersOf(Step step)
    {
        IEnumerable<Buffer?> own = step switch
        {
            WaveformStep a => [a.Samples, a.Filters, a.Moments],
            LogMelStep m => [m.Samples, m.Logarithms, m.Statistics, m.Scratch],
            ProductStep p => [.. BuffersOf(p.Input), p.Samples, p.Planes, p.Gathered, p.Expanded],
            DepthwiseStep d => [.. BuffersOf(d.Input), d.Scratch],
            Convolution2dStep c => [.. BuffersOf(c.Input), c.Scratch],
            AttentionStep a =>
            [
                a.Query.Buffer, a.Key.Buffer, a.Value.Buffer, a.KeyPanels, a.KeySums, a.ValuePanels, a.ValueSums, a.Scores, a.Probabilities,
                a.Bias?.Gate, a.Bias?.Biases, a.Bias?.Gates,
                a.Positions?.Position.Buffer, a.Positions?.Bias, a.Positions?.Panels, a.Positions?.Sums, a.Positions?.Biases, a.Positions?.Scores,
                a.Distances,
            ],
            RowStep r => [r.Input, r.Statistics, r.Turned?.Input, r.Turned?.Waves],
            _ => [],
        };
        return own.Concat([step.Epilogue.Residual, step.Epilogue.Float, .. BuffersOf(step.Epilogue.Quantized)]).Where(b => b is not null)!;
    }

    private static Buffer?[] BuffersOf(Operand? value) =>
        value is QuantizedBuffer { Kept: { } kept } ? [value.Buffer, kept.Heads, kept.Tails] : [value?.Buffer];

    private static Step Place(Step step, Dictionary<Buffer, Buffer> placed)
    {
        Buffer? At(Buffer? buffer) => buffer is null ? null : placed[buffer];
        QuantizedBuffer AtQuantized(QuantizedBuffer value) => value with
        {
            Buffer = placed[value.Buffer],
            Kept = value.Kept is { } kept ? kept with { Heads = placed[kept.Heads], Tails = placed[kept.Tails] } : null,
        };
        Operand AtOperand(Operand value) => value is QuantizedBuffer integers ? AtQuantized(integers) : new FloatBuffer(placed[value.Buffer]);
        Epilogue epilogue = step.Epilogue with
        {
            Residual = At(step.Epilogue.Residual),
            Float = At(step.Epilogue.Float),
            Quantized = step.Epilogue.Quantized is { } target ? AtQuantized(target) : null,
        };
        return step switch
        {
            WaveformStep a => a with { Epilogue = epilogue, Samples = placed[a.Samples], Filters = placed[a.Filters], Moments = At(a.Moments) },
            LogMelStep m => m with
            {
                Epilogue = epilogue, Samples = placed[m.Samples], Logarithms = placed[m.Logarithms], Statistics = placed[m.Statistics], Scratch = placed[m.Scratch],
            },
            ProductStep p => p with
            {
                Epilogue = epilogue, Input = AtOperand(p.Input), Samples = At(p.Samples), Planes = At(p.Planes), Gathered = At(p.Gathered), Expanded = At(p.Expanded),
            },
            DepthwiseStep d => d with { Epilogue = epilogue, Input = AtOperand(d.Input), Scratch = At(d.Scratch) },
            Convolution2dStep c => c with { Epilogue = epilogue, Input = AtOperand(c.Input), Scratch = At(c.Scratch) },
            AttentionStep a => a with
            {
                Epilogue = epilogue,
                Query = AtOperand(a.Query),
                Key = AtOperand(a.Key),
                Value = AtOperand(a.Value),
                KeyPanels = placed[a.KeyPanels],
                KeySums = At(a.KeySums),
                ValuePanels = placed[a.ValuePanels],
                ValueSums = At(a.ValueSums),
                Scores = placed[a.Scores],
                Probabilities = At(a.Probabilities),
                Bias = a.Bias is { } bias ? new BiasBuffers(placed[bias.Gate], placed[bias.Biases], placed[bias.Gates]) : null,
                Positions = a.Positions is { } p
                    ? new PositionBuffers(AtOperand(p.Position), placed[p.Bias], placed[p.Panels], At(p.Sums), placed[p.Biases], placed[p.Scores])
                    : null,
                Distances = At(a.Distances),
            },
            RowStep r => r with
            {
                Epilogue = epilogue,
                Input = placed[r.Input],
                Statistics = At(r.Statistics),
                Turned = r.Turned is { } turned ? new TurnedBuffers(placed[turned.Input], placed[turned.Waves]) : null,
            },
            _ => step with { Epilogue = epilogue },
        };
    }
}
