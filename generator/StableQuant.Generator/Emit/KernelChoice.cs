using StableQuant.Generator.Emit.Kernels;
using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>Which kernel a step runs.</summary>
internal static class KernelChoice
{
    public static Kernel Of(Step step)
    {
        var form = EpilogueForm.Of(step.Epilogue);
        return step switch
        {
            WaveformStep s => new WaveformKernel(s.Convolution.Kernel, s.Convolution.Stride, s.Convolution.OutputChannels, form),
            LogMelStep s => new RowKernel(LogMelFrontEnd.KindName, s.FrontEnd.Channels, 1, form),
            ProductStep { Product: Linear l, IsMountedHead: true } s => new GemmKernel(
                $"Linear{l.InputChannels}ToTokens", ArithmeticOf(s.Input), l.InputChannels, l.InputChannels, null, null, Scaling.PerOutput, form,
                IsKept(s.Input) ? new Window(1, 1, 0, l.InputChannels) : null),
            ProductStep { Product: Linear l } s => new GemmKernel(
                $"Linear{l.InputChannels}To{l.OutputChannels}", ArithmeticOf(s.Input), l.InputChannels, l.InputChannels, l.OutputChannels, l.OutputChannels, Scaling.PerOutput, form,
                IsKept(s.Input) ? new Window(1, 1, 0, l.InputChannels) : null),
            DepthwiseStep { Convolution: var c } s => new DepthwiseKernel(c.OutputChannels, c.Kernel, c.Stride, c.PadLeft, s.Input is QuantizedBuffer, form),
            Convolution2dStep { Convolution: var c } s => new Convolution2dKernel(c.Bands, c.InputChannels, c.OutputChannels, c.Kernel, c.Stride, c.Padding, s.Input is QuantizedBuffer, form),
            ProductStep { Product: Convolution c } s => ConvolutionKernel(c, form, ArithmeticOf(s.Input), IsKept(s.Input)),
            AttentionStep s => new AttentionKernel(s.Attention.Heads, s.Attention.HeadSize, PositionsOf(s.Attention), ArithmeticOf(s.Query), form),
            RowStep s => new RowKernel(s.Operation is Sinusoids or Rotary or UtterancePool ? null : s.Operation?.Kind, s.Channels, s.Operation switch { GatedLinearUnit => 2, AveragePool p => p.Frames, _ => 1 }, form),
            _ => throw new InvalidOperationException($"No kernel for {step.GetType().Name}."),
        };
    }

    private static AttentionPositions PositionsOf(Attention attention) => attention switch
    {
        BiasedAttention => AttentionPositions.Biased,
        RelativeAttention => AttentionPositions.Relative,
        RelativeKeyAttention => AttentionPositions.RelativeKey,
        _ => AttentionPositions.None,
    };

    private static Arithmetic ArithmeticOf(Operand input) => input is QuantizedBuffer ? Arithmetic.Int8 : Arithmetic.Float;

    private static bool IsKept(Operand input) => input is QuantizedBuffer { Kept: not null };

    private static GemmKernel ConvolutionKernel(Convolution c, EpilogueForm form, Arithmetic arithmetic, bool kept)
    {
        int width = c.InputChannels / c.Groups;
        int outputs = c.OutputChannels / c.Groups;
        string groups = c.Groups == 1 ? "" : $"Of{c.OutputChannels}";
        return new GemmKernel(
            $"Convolution{width}x{c.Kernel}Stride{c.Stride}To{outputs}{groups}{(kept && c.PadLeft > 0 ? $"Pad{c.PadLeft}" : "")}", arithmetic, c.Stride * width, c.Kernel * width, outputs, c.OutputChannels, Scaling.PerOutput, form,
            kept ? new Window(c.Kernel, c.Stride, c.PadLeft, width) : null);
    }
}
