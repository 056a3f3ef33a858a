using StableQuant.Calibration.Import.Operators;
using StableQuant.Calibration.Import.Tensors;
using DataType = StableQuant.Calibration.Import.Onnx.TensorProto.Types.DataType;

namespace StableQuant.Calibration.Import.Recognise;

/// <summary>Arithmetic on two operands: parts of functions and norms, biases and gains, residual sums.</summary>
internal static class ArithmeticRules
{
    /// <summary>Add, Sub, Mul, Div, Pow, Min and Max.</summary>
    public static DynamicValue Binary(NodeContext context)
    {
        if (context.Inputs.Count == 1)
        {
            return context.Dynamic(0);
        }

        if (context.Inputs.Count != 2)
        {
            throw new OperatorException("of other than two operands is not supported");
        }

        string op = context.Node.Operator;
        Func<double, double, double> operation = Elementwise.Arithmetic[op];
        return (context.Inputs[0], context.Inputs[1]) switch
        {
            (DynamicValue left, DynamicValue right) => Both(context, left, right, operation),
            (DynamicValue left, StaticValue right) => WithConstant(context, left, right.Tensor, operation, IsSum(op)),
            (StaticValue left, DynamicValue right) => WithConstant(context, right, left.Tensor, (r, l) => operation(l, r), IsSum(op)),
            _ => throw new OperatorException("lacks an operand"),
        };
    }

    /// <summary>
    /// The operator BatchNormalization: in inference its statistics are constants, so it is a gain and a bias a channel.
    /// They go into the weights before it, never into those after it, where the zeros that a convolution pads with would
    /// be shifted, too. What reads the value before the norm keeps the weights as they were: there are two layers then.
    /// </summary>
    public static DynamicValue BatchNormalization(NodeContext context)
    {
        OperatorException.Require(
            !context.Node.Flag("training_mode", false) && context.Node.Outputs.Count(o => o.Length > 0) == 1,
            "normalises by the statistics of the batch, as in training; export the model in evaluation mode");
        DynamicValue value = context.Dynamic(0);
        float[][] constants = [.. Enumerable.Range(1, 4).Select(i => context.Floats(i).Data)];
        int channels = value.View.Rank > 1 ? value.View.Shape[1] : 0;
        OperatorException.Require(constants.All(c => c.Length == channels), $"its constants do not fit {channels} channels");

        double epsilon = context.Node.Float("epsilon") ?? 1e-5f;
        double[] gain = [.. constants[0].Zip(constants[3], (scale, variance) => scale / Math.Sqrt(variance + epsilon))];
        double[] bias = [.. constants[1].Select((b, c) => b - constants[2][c] * gain[c])];
        int[] shape = [channels, .. Enumerable.Repeat(1, value.View.Rank - 2)];
        return Affine(context, value, Of(gain), Of(bias));

        double[] Of(double[] constants) => PerChannel(
            value.View, ViewOperators.BroadcastTo(new Tensor<float>(shape, [.. constants.Select(c => (float)c)]), value.View.Shape).As<float>(), value.Term.Columns);
    }

    private static bool IsSum(string op) => op is "Add" or "Sub";

    /// <summary>
    /// A constant operand: the same everywhere, it is part of a function of the other; one number a channel, it is a
    /// gain or a bias. Masks that are all 0 (or all 1) thereby vanish.
    /// </summary>
    private static DynamicValue WithConstant(
        NodeContext context, DynamicValue value, Tensor constant, Func<double, double, double> operation, bool additive)
    {
        int[] shape = TensorShape.Broadcast(value.View.Shape, constant.Shape);
        Tensor<int> view = (Tensor<int>)ViewOperators.BroadcastTo(value.View, shape);
        Tensor floats = constant is Tensor<long> ? Conversions.Cast(constant, (long)DataType.Float) : constant;
        float[] numbers = ViewOperators.BroadcastTo(floats, shape).As<float>();
        if (numbers.Length == 0)
        {
            throw new OperatorException("makes an empty value");
        }

        if (value.Term is StackTerm stack && context.Node.Operator == "Mul" && StackRules.Scaled(context, stack, view, numbers) is { } scaled)
        {
            return scaled;
        }

        if (!numbers.AsSpan().ContainsAnyExcept(numbers[0]))
        {
            double scalar = numbers[0];
            return FunctionRules.Apply(context, new DynamicValue(value.Term, view), v => operation(v, scalar));
        }

        if (PositionRules.Biases(context, new DynamicValue(value.Term, view), floats.Count) is { } biases)
        {
            return biases;
        }

        if (RotaryRules.Timed(context, new DynamicValue(value.Term, view), numbers) is { } timed)
        {
            return timed;
        }

        if (FunctionRules.Split(value.Term).Argument is ScoresTerm or SoftmaxTerm)
        {
            throw new OperatorException("gives each position of an attention a constant of its own (a position bias or a mask); that is not supported");
        }

        double[] channels = PerChannel(view, numbers, value.Term.Columns);
        double[] gain = new double[channels.Length], bias = new double[channels.Length];
        for (int c = 0; c < channels.Length; c++)
        {
            double number = channels[c];
            gain[c] = operation(1, additive ? 0 : number);
            bias[c] = additive ? operation(0, number) : 0;
            if (!additive && operation(2, number) != 2 * gain[c])
            {
                throw new OperatorException("applies a function to each channel that is no gain or bias; that is not supported");
            }
        }

        return PositionRules.IsSigmoid(value.Term) ? new DynamicValue(new AffineTerm(context.Origin, (FunctionTerm)value.Term, gain, bias), view)
            : Affine(context, new DynamicValue(value.Term, view), gain, bias);
    }

    private static DynamicValue Affine(NodeContext context, DynamicValue value, double[] gain, double[] bias)
    {
        OperationTerm target = context.Settlement.Settle(value.Term);
        return new DynamicValue(
            Settlement.Affine(context.Origin, target, gain, bias)
                ?? throw new OperatorException($"applies a gain or a bias to the result of {target.Origin.Label}, which has no weights to fold them into; that is supported after a convolution, a linear layer and a norm only"),
            value.View);
    }

    private static double[] PerChannel(Tensor<int> view, float[] numbers, int columns)
    {
        double?[] channels = new double?[columns];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (view.Data[i] < 0)
            {
                throw new OperatorException("computes with a padded value; only convolutions may read the zeros of a Pad");
            }

            ref double? channel = ref channels[view.Data[i] % columns];
            if (channel is { } known && known != numbers[i])
            {
                throw new OperatorException("combines a value that depends on the audio with a constant that changes from frame to frame (a position bias or a mask); that is not supported");
            }

            channel = numbers[i];
        }

        return [.. channels.Select(c => c ?? throw new OperatorException("applies a constant to some of the channels only; that is not supported"))];
    }

    private static DynamicValue Both(NodeContext context, DynamicValue left, DynamicValue right, Func<double, double, double> operation)
    {
        if (PositionRules.Positioned(context, left, right) is { } positioned)
        {
            return positioned;
        }

        (Term leftArgument, double[] leftValues) = FunctionRules.Split(left.Term);
        (Term rightArgument, double[] rightValues) = FunctionRules.Split(right.Term);
        if (context.Node.Operator == "Mul" && GateRules.Combine(context, left, right) is { } gated)
        {
            return gated;
        }

        Tensor<int> view = Layouts.Meet(left, right);
        if (leftArgument == rightArgument)
        {
            return FunctionRules.Of(context, leftArgument, [.. leftValues.Zip(rightValues, operation)], view);
        }

        if (context.Node.Operator == "Sub" && right.Term is MaximumTerm maximum && maximum.Of == left.Term)
        {
            // Guards the softmax, which alone may read scores, against overflow and does not change it.
            return left;
        }

        if ((NormRules.Combine(context, left.Term, right.Term) ?? PositionRules.Combine(context, left.Term, right.Term)) is { } combined)
        {
            return new DynamicValue(combined, view);
        }

        return context.Node.Operator switch
        {
            "Add" => Sum(left.Term, right.Term),
            "Sub" => Sum(left.Term, FunctionRules.Apply(context, right, v => -v).Term),
            _ => throw new OperatorException("combines two values that depend on the audio in a way that is not understood (a gate, a position bias?)"),
        };

        DynamicValue Sum(Term a, Term b)
        {
            (OperationTerm first, OperationTerm second) = (context.Settlement.Settle(a), context.Settlement.Settle(b));
            return first.Columns == second.Columns && first.Rows == second.Rows
                ? new DynamicValue(new SumTerm(context.Origin, first, second), view)
                : throw new OperatorException("adds two values of different shapes; that is not supported");
        }
    }
}
