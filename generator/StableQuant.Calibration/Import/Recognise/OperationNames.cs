using System.Globalization;
using StableQuant.Graph;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>
/// Names operations by their roles, which follow from the structure alone:
/// <list type="bullet">
/// <item><c>conv0</c>, <c>conv0.norm</c>, <c>conv0.gelu</c>, <c>conv1</c> …: the chain of convolutions from the audio;</item>
/// <item><c>subsample0</c>, <c>subsample0.relu</c>, <c>subsample1</c>, <c>subsample1.pointwise</c>, …: the chain of convolutions over time and bands, and
/// <c>projection</c> behind it, which joins a frame's bands;</item>
/// <item><c>projection.norm</c>, <c>projection</c>: the norm and the linear layer after it;</item>
/// <item><c>position</c>, <c>position.gelu</c>, <c>position.add</c>: the positional convolution and its residual sum, or with
/// <c>position.norm</c>, <c>position1</c>, … a chain of them;
/// <c>position.projection</c>: the projection once more, with a batch norm in its weights, for this convolution alone;</item>
/// <item><c>encoder.norm</c>: the norm before the blocks (post-norm models) or after them (pre-norm models);</item>
/// <item><c>block0.query</c>, <c>.key</c>, <c>.value</c>, with a gated bias for distances <c>.gate</c>, <c>.attention</c>, <c>.output</c>, <c>.attention.add</c>, and
/// <c>.attention.norm</c>, the norm of this half, before it (pre-norm) or after it (post-norm); then <c>block0.up</c>,
/// <c>.gelu</c>, <c>.down</c>, <c>.add</c>, and <c>.norm</c>, the norm of this half, likewise;</item>
/// <item><c>block0.adapter.norm</c>, <c>.down</c>, <c>.relu</c>, <c>.up</c> and <c>.add</c>: a narrow third part of a block;</item>
/// <item><c>adapter.projection</c>, <c>adapter.norm</c>, <c>adapter0</c>, <c>adapter0.glu</c>, <c>adapter1</c> …: strided convolutions with gates behind the encoder;</item>
/// <item><c>position.pool</c>: the mean of frames beside a positional convolution with a stride; <c>upsample</c>, <c>upsample.gelu</c> and
/// <c>upsample.frames</c>, what makes as many frames again;</item>
/// <item>of a conformer's block also <c>block0.first.norm</c>, <c>.first.up</c>, … and <c>block0.second.norm</c>, …, its feed-forward halves,
/// <c>.convolution.norm</c>, <c>.convolution.in</c>, <c>.convolution.glu</c>, <c>.convolution</c>, <c>.convolution.out</c>, and <c>.norm</c> at its end;
/// with relative positions <c>sinusoids</c> and in each block <c>.position</c> and <c>.position.bias</c>, with rotary ones <c>.rotary</c>, with scores of
/// queries for distances <c>.position</c>; of Wav2Vec2-BERT <c>.convolution.depthwise.norm</c>, and <c>adapter0.residual.norm</c>, … behind the blocks;</item>
/// <item><c>weighted.scale0</c>, <c>weighted.scale1</c>, <c>weighted.add1</c> …: a weighted sum of what the blocks read and make;</item>
/// <item><c>projector</c>, <c>tdnn0</c>, <c>tdnn0.relu</c> …, <c>pool</c>: what stands before the head of a model that classifies or embeds;</item>
/// <item><c>head</c>: the linear layer that makes the logits, or the embedding.</item>
/// </list>
/// An operation without a known role is named by its kind and a number, such as <c>linear3</c>.
/// </summary>
internal sealed class OperationNames
{
    private readonly Dictionary<OperationTerm, string> names = [];
    private readonly HashSet<string> used = new(StringComparer.Ordinal);
    private readonly ILookup<OperationTerm, OperationTerm> readers;
    private readonly IReadOnlyList<OperationTerm> terms;

    private OperationNames(IReadOnlyList<OperationTerm> terms)
    {
        this.terms = terms;
        readers = terms.SelectMany(t => t.Inputs.Distinct().Select(i => (Input: i, Reader: t))).ToLookup(p => p.Input, p => p.Reader);
    }

    /// <summary>A unique name for each operation; the operations come in the order of computation.</summary>
    public static IReadOnlyDictionary<OperationTerm, string> Choose(IReadOnlyList<OperationTerm> terms)
    {
        OperationNames chosen = new(terms);
        OperationTerm? features = chosen.NameFeatureExtractor() ?? terms.SelectMany(t => t.Inputs).OfType<InputTerm>().FirstOrDefault(input => input.Value == Operation.Features);
        chosen.Name(terms[^1] as LinearTerm, "head");
        chosen.NameSubsampling();
        if (features is not null)
        {
            chosen.NameProjection(features);
        }

        (int block, int adapter) = (0, 0);
        foreach (AttentionTerm attention in terms.OfType<AttentionTerm>())
        {
            chosen.NameBlock(attention, attention.Inputs[0] is LinearTerm { Inputs: [GateTerm] }
                ? string.Create(CultureInfo.InvariantCulture, $"adapter{adapter++}")
                : string.Create(CultureInfo.InvariantCulture, $"block{block++}"));
        }

        chosen.Name(chosen.NameAdapter(chosen.NameHead()) as NormTerm, "encoder.norm");
        chosen.NameIntermediate();
        chosen.Name(terms.OfType<SinusoidsTerm>().FirstOrDefault(), "sinusoids");
        chosen.NameRest();
        return chosen.names;
    }

    private void NameSubsampling()
    {
        var convolution = terms.FirstOrDefault(t => t is Convolution2dTerm { Inputs: [InputTerm] }) as Convolution2dTerm;
        for (int i = 0; convolution is not null; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"subsample{i}");
            Name(convolution, name);
            OperationTerm last = convolution;
            if (Only<LinearTerm>(last) is { } pointwise)
            {
                Name(pointwise, name + ".pointwise");
                last = pointwise;
            }

            last = Only<ActivationTerm>(last) ?? last;
            NameActivation(last, name);
            convolution = Only<Convolution2dTerm>(last);
            Name(Only<ConvolutionTerm>(last), "projection");
        }
    }

    private OperationTerm? NameFeatureExtractor() =>
        terms.OfType<ConvolutionTerm>().FirstOrDefault(c => c.Inputs[0] is InputTerm) is { } first ? NameConvolutions(first, i => string.Create(CultureInfo.InvariantCulture, $"conv{i}")) : null;

    /// <summary>Names a chain of convolutions with the norm and the activation behind each; returns its end.</summary>
    private OperationTerm NameConvolutions(ConvolutionTerm first, Func<int, string> nameOf)
    {
        OperationTerm last = first;
        ConvolutionTerm? convolution = first;
        for (int i = 0; convolution is not null; i++)
        {
            string name = nameOf(i);
            Name(convolution, name);
            last = convolution;
            if (Only<NormTerm>(last) is { } norm && Only<ActivationTerm>(norm) is { } normed)
            {
                Name(norm, name + ".norm");
                last = normed;
            }
            else
            {
                last = Only<ActivationTerm>(last) ?? last;
            }

            NameActivation(last, name);
            convolution = Only<ConvolutionTerm>(last);
        }

        return last;
    }

    private void NameProjection(OperationTerm features)
    {
        OperationTerm stream = features;
        if (Only<NormTerm>(stream) is { } norm && Projections(norm).Main is not null)
        {
            Name(norm, "projection.norm");
            stream = norm;
        }
        else if (Only<NormTerm>(stream) is { } bare && Reader<ConvolutionTerm>(bare) is not null)
        {
            Name(bare, "projection.norm");
            stream = bare;
        }

        (LinearTerm? projection, LinearTerm? positionOnly) = Projections(stream);
        Name(projection, "projection");
        Name(positionOnly, "position.projection");
        stream = projection ?? stream;
        if (Reader<ConvolutionTerm>(positionOnly ?? stream) is not { } position)
        {
            return;
        }

        OperationTerm positional = NameConvolutions(position, i => i == 0 ? "position" : string.Create(CultureInfo.InvariantCulture, $"position{i}"));
        PoolTerm? pool = Reader<PoolTerm>(stream);
        Name(pool, "position.pool");
        if (Only<SumTerm>(positional) is { } sum && sum.Inputs.Contains(pool ?? stream))
        {
            Name(sum, "position.add");

            // The norm is the encoder's own if the blocks read nothing else; if they add to the sum, it is the first block's.
            Name(Only<NormTerm>(sum), "encoder.norm");
        }
    }

    /// <summary>
    /// The linear layer that alone reads the features; or two, if a batch norm before the positional convolution was
    /// folded into a copy that only this reads.
    /// </summary>
    private (LinearTerm? Main, LinearTerm? PositionOnly) Projections(OperationTerm features) => readers[features].ToList() switch
    {
        [LinearTerm only] => (only, null),
        [LinearTerm first, LinearTerm second] when Only<ConvolutionTerm>(first) is not null => (second, first),
        [LinearTerm first, LinearTerm second] when Only<ConvolutionTerm>(second) is not null => (first, second),
        _ => (null, null),
    };

    private void NameBlock(AttentionTerm attention, string block)
    {
        Name(attention.Inputs[0] as LinearTerm, block + ".query");
        Name(attention.Inputs[1] as LinearTerm, block + ".key");
        Name(attention.Inputs[2] as LinearTerm, block + ".value");
        Name(attention.Bias?.Gate.Both, block + ".gate");
        Name(attention.Positions?.Position, block + ".position");
        Name(attention.Positions?.Bias, block + ".position.bias");
        Name(attention.Distances?.Scores, block + ".position");
        Name(attention, block + ".attention");
        OperationTerm? source = (attention.Inputs[0] as LinearTerm)?.Inputs[0];
        if (source is RotaryTerm rotary)
        {
            Name(rotary, block + ".rotary");
            source = rotary.Inputs[0];
        }

        if (Only<LinearTerm>(attention) is not { } output || Only<SumTerm>(output) is not { } sum)
        {
            return;
        }

        Name(output, block + ".output");
        Name(sum, block + ".attention.add");
        bool isStrided = source is GateTerm, preNorm = isStrided || (source is NormTerm before && sum.Inputs.Contains(before.Inputs[0]));
        if (isStrided)
        {
            NameStrided(source, block + ".attention");
            NameStrided(sum.Inputs.FirstOrDefault(i => i != output), block + ".residual");
        }

        Name(preNorm ? source as NormTerm : Only<NormTerm>(sum), block + ".attention.norm");

        NormTerm? second = Reader<NormTerm>(sum);
        if (second is not null && Only<ConvolutionTerm>(second) is { } wide)
        {
            NameConformer(sum, second, wide, source as NormTerm, block);
            return;
        }

        if (second is null || Reader<LinearTerm>(second) is not { } up || Only<ActivationTerm>(up) is not { } activation
            || Only<LinearTerm>(activation) is not { } down || Only<SumTerm>(down) is not { } end)
        {
            return;
        }

        Name(up, block + ".up");
        NameActivation(activation, block);
        Name(down, block + ".down");
        Name(end, block + ".add");
        Name(preNorm ? second : Only<NormTerm>(end), block + ".norm");
        NameBlockAdapter(end, block + ".adapter");
    }

    // A feed-forward half behind the blocks, which reads what it is added to.
    private void NameIntermediate()
    {
        foreach (SumTerm sum in terms.OfType<SumTerm>().Where(sum => !names.ContainsKey(sum)))
        {
            if (sum.Inputs is [var stream, LinearTerm { Inputs: [ActivationTerm { Inputs: [LinearTerm { Inputs: [var read] } up] } activation] } down] && read == stream)
            {
                Name(sum, "intermediate.add");
                Name(down, "intermediate.down");
                Name(up, "intermediate.up");
                NameActivation(activation, "intermediate");
            }
        }
    }

    // A norm, a convolution that makes fewer frames, and a gate: what an adapter with an attention begins with, twice.
    private void NameStrided(OperationTerm? term, string name)
    {
        if (term is GateTerm { Inputs: [ConvolutionTerm convolution] } gate)
        {
            Name(gate, $"{name}.{GatedLinearUnit.KindName}");
            Name(convolution, name + ".convolution");
            Name(convolution.Inputs[0] as NormTerm, name + ".norm");
        }
    }

    private void NameBlockAdapter(SumTerm stream, string name)
    {
        if (Reader<SumTerm>(stream) is not { } sum || sum.Inputs.FirstOrDefault(i => i != stream) is not LinearTerm up || up.Inputs[0] is not ActivationTerm activation
            || activation.Inputs[0] is not LinearTerm down || down.Inputs[0] is not NormTerm norm || norm.Inputs[0] != stream)
        {
            return;
        }

        Name(norm, name + ".norm");
        Name(down, name + ".down");
        NameActivation(activation, name);
        Name(up, name + ".up");
        Name(sum, name + ".add");
    }

    /// <summary>Names what stands before the head of a model that classifies or embeds; returns what the first of it reads.</summary>
    private OperationTerm? NameHead()
    {
        OperationTerm stream = terms[^1];
        if (stream is LinearTerm)
        {
            stream = stream.Inputs[0];
        }

        if (stream is MeanPoolTerm or StatisticsPoolTerm)
        {
            Name(stream, "pool");
            stream = stream.Inputs[0];
            var layers = new Stack<ConvolutionTerm>();
            for (; stream is ActivationTerm { Inputs: [ConvolutionTerm { Inputs: [var before] } layer] }; stream = before)
            {
                layers.Push(layer);
            }

            for (int i = 0; layers.TryPop(out ConvolutionTerm? layer); i++)
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"tdnn{i}");
                Name(layer, name);
                NameActivation(Only<ActivationTerm>(layer), name);
            }

            if (stream is LinearTerm projector)
            {
                Name(projector, "projector");
                stream = projector.Inputs[0];
            }
        }

        return NameWeighted(stream);
    }

    /// <summary>Names a weighted sum of layers; returns the last of them, or what is given where it is none.</summary>
    private OperationTerm NameWeighted(OperationTerm stream)
    {
        if (stream is not SumTerm { Inputs: [_, ScaleTerm { Inputs: [var last] }] })
        {
            return stream;
        }

        var sums = new Stack<SumTerm>();
        OperationTerm first = stream;
        for (; first is SumTerm { Inputs: [var before, ScaleTerm] } sum; first = before)
        {
            sums.Push(sum);
        }

        Name(first as ScaleTerm, "weighted.scale0");
        for (int i = 1; sums.TryPop(out SumTerm? sum); i++)
        {
            Name(sum.Inputs[1], string.Create(CultureInfo.InvariantCulture, $"weighted.scale{i}"));
            Name(sum, string.Create(CultureInfo.InvariantCulture, $"weighted.add{i}"));
        }

        return last;
    }

    /// <summary>Names what stands between the encoder and the head; returns what it reads.</summary>
    private OperationTerm? NameAdapter(OperationTerm? stream)
    {
        if (stream is UpsampleTerm { Inputs: [var cut, _] } upsample)
        {
            Name(upsample, "upsample.frames");
            Name((cut is ActivationTerm ? cut.Inputs[0] : cut) as LinearTerm, "upsample");
            NameActivation(cut, "upsample");
            return ((cut is ActivationTerm ? cut.Inputs[0] : cut) as LinearTerm)?.Inputs[0];
        }

        var layers = new Stack<(ConvolutionTerm Convolution, GateTerm Gate)>();
        for (; stream is GateTerm { Inputs: [ConvolutionTerm convolution] } gate; stream = convolution.Inputs[0])
        {
            layers.Push((convolution, gate));
        }

        if (layers.Count > 0 && stream is NormTerm { Inputs: [LinearTerm projection] } norm)
        {
            Name(norm, "adapter.norm");
            Name(projection, "adapter.projection");
            stream = projection.Inputs[0];
        }

        for (int i = 0; layers.TryPop(out (ConvolutionTerm Convolution, GateTerm Gate) layer); i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"adapter{i}");
            Name(layer.Convolution, name);
            Name(layer.Gate, $"{name}.{GatedLinearUnit.KindName}");
        }

        return stream;
    }

    /// <summary>Names what a conformer's block has before its attention, and behind it.</summary>
    private void NameConformer(OperationTerm attended, NormTerm norm, ConvolutionTerm wide, NormTerm? before, string block)
    {
        if (before?.Inputs[0] is SumTerm { Inputs: [_, LinearTerm down] } first)
        {
            NameFeed(down, first, block + ".first");
        }

        Name(norm, block + ".convolution.norm");
        Name(wide, block + ".convolution.in");
        if (Only<GateTerm>(wide) is not { } gate || Only<ConvolutionTerm>(gate) is not { } convolution || Only<ActivationTerm>(Only<NormTerm>(convolution) ?? (OperationTerm)convolution) is not { } activation
            || Only<ConvolutionTerm>(activation) is not { } narrow || Only<SumTerm>(narrow) is not { } sum || !sum.Inputs.Contains(attended))
        {
            return;
        }

        Name(gate, block + ".convolution.glu");
        Name(convolution, block + ".convolution");
        Name(Only<NormTerm>(convolution), block + ".convolution.depthwise.norm");
        NameActivation(activation, block + ".convolution");
        Name(narrow, block + ".convolution.out");
        Name(sum, block + ".convolution.add");
        if (Reader<NormTerm>(sum) is { } last && Only<LinearTerm>(last) is { } up && Only<ActivationTerm>(up) is { } function && Only<LinearTerm>(function) is { } end && Only<SumTerm>(end) is { } made)
        {
            NameFeed(end, made, block + ".second");
            Name(Only<NormTerm>(made), block + ".norm");
        }
    }

    // A feed-forward half from its last layer backwards.
    private void NameFeed(LinearTerm down, SumTerm sum, string half)
    {
        Name(sum, half + ".add");
        Name(down, half + ".down");
        if (down.Inputs[0] is ActivationTerm { Inputs: [LinearTerm { Inputs: [NormTerm norm] } up] } activation)
        {
            Name(norm, half + ".norm");
            Name(up, half + ".up");
            NameActivation(activation, half);
        }
    }

    private void NameActivation(OperationTerm? term, string layer)
    {
        if (term is ActivationTerm activation)
        {
            Name(activation, layer + "." + activation.Function.Role);
        }
    }

    private void NameRest()
    {
        foreach (OperationTerm term in terms.Where(t => !names.ContainsKey(t)))
        {
            string kind = term switch
            {
                ConvolutionTerm or Convolution2dTerm => "convolution",
                LinearTerm => "linear",
                NormTerm => "norm",
                ActivationTerm a => a.Function.Role,
                GateTerm => GatedLinearUnit.KindName,
                PoolTerm => "pool",
                MeanPoolTerm or StatisticsPoolTerm => "pool",
                UpsampleTerm => "upsample",
                ScaleTerm => "scale",
                SumTerm => "add",
                SinusoidsTerm => "sinusoids",
                RotaryTerm => "rotary",
                _ => "attention",
            };
            int number = 0;
            while (!Name(term, string.Create(CultureInfo.InvariantCulture, $"{kind}{number}")))
            {
                number++;
            }
        }
    }

    private bool Name(OperationTerm? term, string name)
    {
        if (term is null || names.ContainsKey(term) || !used.Add(name))
        {
            return false;
        }

        names[term] = name;
        return true;
    }

    private T? Only<T>(OperationTerm term) where T : OperationTerm => readers[term].ToList() is [T only] ? only : null;

    private T? Reader<T>(OperationTerm term) where T : OperationTerm => readers[term].OfType<T>().ToList() is [var only] ? only : null;
}
