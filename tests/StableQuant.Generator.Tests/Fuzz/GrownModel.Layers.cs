using StableQuant.Graph;
using StableQuant.Graph.Layout;

namespace StableQuant.Generator.Tests.Fuzz;

/// <content>Layers of several operations that belong together.</content>
internal sealed partial class GrownModel
{
    private void Attend()
    {
        (string before, int width) = (value, channels);
        int heads = random.Next(1, 4), size = random.Next(1, 22), outputs = heads * size;
        bool inFloat = isFloat || random.Next(4) == 0;
        string turned = random.Next(3) == 0 ? Turned() : before;
        string Operand(string made, QuantizedType type = QuantizedType.S8) => inFloat ? made : Quantize(made, type, mayKeep: false);
        (string projected, string key, string values) = (From(turned, width, outputs), Operand(From(turned, width, outputs)), Operand(From(before, width, outputs)));
        string query = Operand(projected, QuantizedType.U8);
        (float scale, int behind, int ahead) = (1 / MathF.Sqrt(size), Distance(), Distance());
        switch (random.Next(4))
        {
            case 0:
                string gate = From(before, width, 2 * heads);
                var packed = new PackedBias(Block(heads * ((behind + 1L + ahead + 15) / 16) * 64), Vector(heads));
                Append(new BiasedAttention(Next("attention"), "", query, key, values, gate, heads, size, scale, behind, ahead) { Packed = packed }, outputs);
                break;
            case 1:
                string waves = Waves(before, 2 * random.Next(1, 20), isInBothDirections: true);
                int even = channels;
                (string position, string bias) = (Operand(From(waves, even, outputs)), From(waves, even, heads));
                Append(new RelativeAttention(Next("attention"), "", query, key, values, position, bias, heads, size, scale), outputs);
                break;
            case 2:
                (value, channels) = (projected, outputs);
                Convolve(heads * (behind + 1 + ahead), 1, 1, 0, 0, heads);
                Append(new RelativeKeyAttention(Next("attention"), "", query, key, values, value, heads, size, scale, behind, ahead), outputs);
                break;
            default:
                Append(new Attention(Next("attention"), "", query, key, values, heads, size, scale), outputs);
                break;
        }

        Maybe(() =>
        {
            Linear(width);
            Maybe(() => Add(before));
        });
    }

    private int Distance() => isSmall || random.Next(6) > 0 ? random.Next(random.Next(2) == 0 ? 4 : 40) : Pick(Many);

    private string From(string read, int width, int outputs)
    {
        (value, channels) = (read, width);
        Linear(outputs);
        return value;
    }

    private string Waves(string like, int count, bool isInBothDirections)
    {
        long packed = Block(RotationLayout.Floats(count / 2) * sizeof(float));
        Append(new Sinusoids(Next("sinusoids"), "", like, count) { IsInBothDirections = isInBothDirections, IsBFloat16 = random.Next(2) == 0, Packed = packed }, count);
        return value;
    }

    // The value turned in heads of an even number of channels, or as it is where there are none.
    private string Turned()
    {
        (string before, int width) = (value, channels);
        int[] fitting = [.. Enumerable.Range(1, Math.Min(width, 64)).Where(heads => width % (2 * heads) == 0)];
        if (fitting.Length > 0)
        {
            int heads = Pick(fitting);
            string waves = Waves(before, width / heads, isInBothDirections: false);
            Append(new Rotary(Next("rotary"), "", before, waves, heads), width);
        }

        return value;
    }

    private void Gate()
    {
        if (channels % 2 != 0)
        {
            Linear(2 * random.Next(1, 24));
        }

        Append(new GatedLinearUnit(Next("glu"), "", value), channels / 2);
    }

    // Fewer frames, something between, and as many again.
    private void Squeeze()
    {
        string before = value;
        int factor = isSmall || random.Next(6) > 0 ? random.Next(2, 4) : Pick(ManyTaps);
        Append(new AveragePool(Next("pool"), "", value, factor), channels);
        Maybe(Feed);
        Maybe(() =>
        {
            if (channels % factor != 0)
            {
                Linear(factor * random.Next(1, 16));
            }

            Append(new Upsample(Next("upsample"), "", value, before, factor), channels / factor);
        });
    }

    // A weighted sum of a value and what a layer makes of it.
    private void Weigh()
    {
        (string before, int width) = (value, channels);
        Linear(width);
        Append(new Scale(Next("scale"), "", value, random.NextSingle()), width);
        string scaled = value;
        Append(new Scale(Next("scale"), "", before, random.NextSingle() * 2 - 1), width);
        Add(scaled);
    }

    // A frame's channels as bands: many channels of each, some layers over those, and a frame again.
    private void Subsample()
    {
        if (isSmall && channels > 40)
        {
            Linear(random.Next(1, 24));
        }

        int bands = channels, inputs = 1;
        for (int layers = random.Next(1, 3); layers > 0; layers--)
        {
            int kernel = Math.Min(bands, random.Next(2) == 0 ? 3 : random.Next(1, 6)), made = inputs == 1 ? Math.Max(Channels(), 2) : channels;
            bool inFloat = InFloat(kernel);
            var convolution = new Convolution2d(Next("subsample"), "", Operand(inFloat), bands, inputs, made, kernel, random.Next(1, 3), random.Next(kernel));
            Append(convolution with { Packed = Pack(inFloat, convolution, kernel * kernel) }, made);
            (bands, inputs) = (convolution.OutputBands, made);
            Maybe(Activate);
            Maybe(() => Linear(made));
        }

        Convolve(Channels(), bands, bands, 0, 0, 1);
    }

    private void Pool()
    {
        if (random.Next(2) == 0)
        {
            Append(new MeanPool(Next("pool"), "", value), channels);
        }
        else
        {
            Append(new StatisticsPool(Next("pool"), "", value), 2 * channels);
        }

        Maybe(Activate);
    }
}
