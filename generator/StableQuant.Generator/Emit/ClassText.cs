using StableQuant.Generator.Lower;
using StableQuant.Graph;

namespace StableQuant.Generator.Emit;

/// <summary>Writes the model's class: construction, frame counts, and the choice of the instruction set.</summary>
internal static class ClassText
{
    private const string Scalar = "__Lanes::ScalarInstructions, __Lanes::ScalarInt, __Lanes::ScalarWeights, __Lanes::ScalarInputs, __Lanes::ScalarInt, __Lanes::ScalarFloat";

    // The instruction sets with vectors, and the types of each one's sums, weights, inputs and lanes.
    private static readonly (string Name, string Types)[] InstructionSets =
    [
        ("Avx512", "__Lanes::Avx512Instructions, __Lanes::Avx512Sums, __Lanes::Avx512Weights, __SIMD::Vector512<short>, __SIMD::Vector512<int>, __SIMD::Vector512<float>"),
        ("AvxVnni", "__Lanes::AvxVnniInstructions, __Lanes::Avx2Int, __Lanes::AvxVnniWeights, __SIMD::Vector256<byte>, __Lanes::Avx2Int, __Lanes::Avx2Float"),
        ("Avx2", "__Lanes::Avx2Instructions, __Lanes::Avx2Sums, __Lanes::Avx2Weights, __SIMD::Vector256<short>, __Lanes::Avx2Int, __Lanes::Avx2Float"),
        ("ArmDp", "__Lanes::ArmDpInstructions, __Lanes::Vector128Int, __Lanes::ArmWeights, __SIMD::Vector128<sbyte>, __Lanes::Vector128Int, __Lanes::Vector128Float"),
        ("Vector128", "__Lanes::Vector128Instructions, __Lanes::Vector128Sums, __Lanes::Vector128Weights, __SIMD::Vector128<short>, __Lanes::Vector128Int, __Lanes::Vector128Float"),
    ];

    // What tells analyzers and coverage that the class, and all that is nested in it, was written by nobody.
    private static readonly (string Type, string Arguments)[] Marks =
    [
        ("System.CodeDom.Compiler.GeneratedCode", $"(\"StableQuant.Compiler\", \"{typeof(ClassText).Assembly.GetName().Version.ToString(3)}\")"),
        ("System.Diagnostics.CodeAnalysis.ExcludeFromCodeCoverage", ""),
    ];

    public static void Write(SourceWriter writer, LoweredModel network, ClassTarget target)
    {
        ModelDescription model = network.Model;
        HeadText head = HeadText.Of(network);
        writer.Lines($"/// <summary>The speech model {SourceWriter.Comment(model.Name)}, compiled: 16 kHz samples in, {head.Answer} out.</summary>");
        foreach ((string type, string arguments) in Marks.Where(mark => !target.Attributes.Contains(mark.Type + "Attribute")))
        {
            writer.Lines($"[global::{type}{arguments}]");
        }

        bool mounts = target.Place == WeightsPlace.Mounted;
        writer.Open($"{target.Accessibility} sealed unsafe partial class {target.Name} : __SQ::{head.Base}");
        FrontEndText.WriteTables(writer, network);
        if (mounts)
        {
            WriteMounting(writer, network, target);
        }
        else
        {
            WriteOwning(writer, network, target);
        }

        writer.Lines($"""
            /// <inheritdoc/>
            public override int FrameCount(int samples) => samples < MinSamples ? 0 : new Frames(samples).Stage{network.Logits.Stage};

            """);
        WriteForward(writer, network, mounts);
        WriteFrames(writer, network.Stages);
        writer.Close();
    }

    private static void WriteOwning(SourceWriter writer, LoweredModel network, ClassTarget target)
    {
        ModelDescription model = network.Model;
        string source = target.Place == WeightsPlace.File ? "FromFile(" : $"FromResource(\n        typeof({target.Name}).Assembly, ";
        HeadText head = HeadText.Of(network);
        if (head.Field.Length > 0)
        {
            writer.Lines(head.Field);
            writer.Lines("");
        }

        writer.Lines($$"""
            private static readonly global::System.Lazy<__SQ::Weights.WeightsBlob> Weights = new(
                () => __SQ::Weights.WeightsBlob.{{source}}{{SourceWriter.Literal(target.Weights)}}, {{model.Weights.Bytes}}L, "{{model.Weights.Sha256}}", WeightsContent),
                global::System.Threading.LazyThreadSafetyMode.PublicationOnly);

            """);
        writer.Lines($$"""
            private readonly Plan plan;
            private readonly __SQ::Weights.WeightsBlob weights;

            /// <summary>Makes an instance with a workspace of its own; all instances share the weights.</summary>
            /// <param name="maxSeconds">The longest utterance accepted; memory grows with it.</param>
            /// <param name="threads">Threads that work on one utterance, the caller's own included; results do not depend on it.</param>
            /// <exception cref="global::System.IO.InvalidDataException">The weights are missing, damaged, or another model's.</exception>
            public {{target.Name}}(double maxSeconds = {{SourceWriter.Literal(target.MaxSeconds)}}, int threads = 1)
                : base({{head.Arguments}}, {{network.MinSamples}}, {{network.SamplesPerFrame}}, maxSeconds, threads)
            {
                weights = Weights.Value;
                plan = new Plan(new Frames(MaxSamples), threads);
                Allocate(plan.Bytes);
            }

            """);
    }

    private static void WriteMounting(SourceWriter writer, LoweredModel network, ClassTarget target) => writer.Lines($$"""
        /// <summary>SHA-256 of the shape that weights must have: layers, widths, precisions, and which outliers are kept.</summary>
        public const string Shape = "{{network.Shape}}";

        private readonly Plan plan;
        private readonly __SQ::Weights.MountedWeights weights;

        /// <summary>Makes an instance with a workspace of its own; instances share the weights that they are given.</summary>
        /// <param name="weights">The weights, with the vocabulary that they were trained for.</param>
        /// <param name="maxSeconds">The longest utterance accepted; memory grows with it.</param>
        /// <param name="threads">Threads that work on one utterance, the caller's own included; results do not depend on it.</param>
        /// <exception cref="global::System.IO.InvalidDataException">The weights have another shape, or they hold what cannot be.</exception>
        public {{target.Name}}(__SQ::SpeechWeights weights, double maxSeconds = {{SourceWriter.Literal(target.MaxSeconds)}}, int threads = 1)
            : this(__SQ::SpeechWeights.Mount(weights, "{{target.Name}}", Shape, {{network.Model.Operations.OfType<Quantize>().Count()}}, WeightsContent), maxSeconds, threads)
        {
        }

        private {{target.Name}}(__SQ::Weights.MountedWeights weights, double maxSeconds, int threads)
            : base(weights.Vocabulary, {{network.MinSamples}}, {{network.SamplesPerFrame}}, maxSeconds, threads)
        {
            this.weights = weights;
            plan = new Plan(new Frames(MaxSamples), threads, VocabularySize);
            Allocate(plan.Bytes);
        }

        """);

    private static void WriteForward(SourceWriter writer, LoweredModel network, bool mounts)
    {
        writer.Lines("/// <inheritdoc/>");
        writer.Open("protected override float* Forward(global::System.ReadOnlySpan<float> pcm, byte* arena)");
        string given = mounts ? "weights" : network.HasExpandedWeights ? "weights.Pointer, weights.Expanded" : "weights.Pointer";
        writer.Lines($"Workspace work = new(new Frames(pcm.Length), plan, pcm, {given}, arena);");
        writer.Lines("// amx and avx512vnni run on the lanes of avx512 or avx2, neon and armi8mm on those of armdp: they differ by the micro-kernel that sums the tiles of products.");
        writer.Open("switch (__SQ::Kernels.InstructionSets.Lanes)");
        foreach ((string name, string types) in InstructionSets)
        {
            // On a processor that lacks the instruction set, the condition is a constant: nothing is compiled for it.
            string emulated = name == "ArmDp" ? "global::System.Runtime.CompilerServices.RuntimeFeature.IsDynamicCodeSupported || " : "";
            writer.Lines($"""
                case __SQ::Kernels.InstructionSet.{name} when {emulated}__Lanes::{name}Instructions.IsSupported:
                    Team.Run(&Network<{types}>.Run, &work);
                    break;
                """);
        }

        writer.Lines($"""
            default:
                Team.Run(&Network<{Scalar}>.Run, &work);
                break;
            """);
        writer.Close();
        if (mounts)
        {
            // Weights that nobody refers to are unmapped.
            writer.Lines("global::System.GC.KeepAlive(weights);");
        }

        writer.Lines($"return (float*)work.Slot{network.Logits.Slot};");
        writer.Close();
    }

    private static void WriteFrames(SourceWriter writer, EquatableArray<Stage> stages)
    {
        writer.Lines("/// <summary>Frames after each convolution that changes their number; stage 0 is the samples.</summary>");
        writer.Open("private readonly struct Frames");
        foreach (Stage stage in stages)
        {
            writer.Lines($"internal readonly int Stage{stage.Index};");
        }

        writer.Lines("");
        writer.Open("internal Frames(int samples)");
        writer.Lines("Stage0 = samples;");
        foreach (Stage stage in stages.Skip(1))
        {
            string frames = stage.FrameRows == 1 ? $"Stage{stage.Previous}" : $"Stage{stage.Previous} / {stage.FrameRows}";
            string made = $"({frames}{Signed(stage.Padding - stage.Kernel)}) / {stage.Stride} + 1";
            writer.Lines(stage.IsUtterance ? $"Stage{stage.Index} = 1;" : $"Stage{stage.Index} = {(stage.MadeRows == 1 ? made : $"({made}) * {stage.MadeRows}")};");
        }

        writer.Close();
        writer.Close();
    }

    private static string Signed(int offset) => offset < 0 ? $" - {-offset}" : offset > 0 ? $" + {offset}" : "";
}
