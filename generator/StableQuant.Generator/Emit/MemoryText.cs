using StableQuant.Generator.Lower;

namespace StableQuant.Generator.Emit;

/// <summary>Writes the static memory plan, and a call's view of the memory.</summary>
internal static class MemoryText
{
    public static void Write(SourceWriter writer, LoweredModel network, ClassTarget target)
    {
        writer.Open($"unsafe partial class {target.Name}");
        bool mounts = target.Place == WeightsPlace.Mounted;
        WritePlan(writer, network, mounts);
        WriteWorkspace(writer, network, mounts);
        writer.Close();
    }

    private static void WritePlan(SourceWriter writer, LoweredModel network, bool mounts)
    {
        writer.Lines("/// <summary>The static memory plan: where each slot of the arena begins. Values that are never alive together share a slot; above each size stand the values that take it, in the order in which they are made.</summary>");
        writer.Open("private readonly struct Plan");
        for (int slot = 0; slot < network.SlotCount; slot++)
        {
            writer.Lines($"internal readonly long Slot{slot};");
        }

        writer.Lines("""
            internal readonly long Bytes;

            """);
        writer.Open($"internal Plan(in Frames frames, int threads{(mounts ? ", int tokens" : "")})");
        writer.Lines("long end = 0;");
        for (int slot = 0; slot < network.SlotCount; slot++)
        {
            writer.Lines("");
            writer.Lines($"Slot{slot} = end;");
            writer.Lines($"long bytes{slot} = 0;");
            foreach (IGrouping<string, Lower.Buffer> alike in network.Buffers.Where(b => b.Slot == slot).GroupBy(buffer => mounts && buffer == network.Logits ? $"frames.Stage{buffer.Stage} * (4L * tokens)" : Size(buffer)))
            {
                WriteNames(writer, [.. alike.Select(buffer => SourceWriter.Comment(buffer.Name))]);
                writer.Lines($"bytes{slot} = global::System.Math.Max(bytes{slot}, {alike.Key});");
            }

            writer.Lines($"end = __SQ::CompiledModel.NextSlot(end, bytes{slot});");
        }

        writer.Lines("""

            Bytes = end;
            """);
        writer.Close();
        writer.Close();
    }

    // All that take the same bytes, some to a line.
    private static void WriteNames(SourceWriter writer, string[] names)
    {
        const int Width = 100;
        string line = names[0];
        foreach (string name in names.Skip(1))
        {
            if (line.Length + name.Length > Width)
            {
                writer.Lines($"// {line},");
                line = name;
            }
            else
            {
                line += ", " + name;
            }
        }

        writer.Lines($"// {line}");
    }

    private static void WriteWorkspace(SourceWriter writer, LoweredModel network, bool mounts)
    {
        writer.Lines("/// <summary>One call's view of arena and weights, and what the front end made of the audio.</summary>");
        writer.Open("private readonly struct Workspace");
        FrontEndText.WriteField(writer, network);
        writer.Lines("""
            internal readonly Frames Frames;
            internal readonly __Gemm::MicroKernel MicroKernel;
            internal readonly byte* Weights;
            """);
        if (network.HasExpandedWeights)
        {
            writer.Lines("internal readonly byte* Expanded;");
        }

        if (mounts)
        {
            writer.Lines("""
                internal readonly __SQ::Weights.MountedGrid* Grids;
                internal readonly __SQ::Weights.MountedHead Head;
                internal readonly int Tokens;
                """);
        }

        for (int slot = 0; slot < network.SlotCount; slot++)
        {
            writer.Lines($"internal readonly byte* Slot{slot};");
        }

        writer.Lines("");
        string weights = mounts ? "__SQ::Weights.MountedWeights weights" : network.HasExpandedWeights ? "byte* weights, byte* expanded" : "byte* weights";
        writer.Open($"internal Workspace(in Frames frames, in Plan plan, global::System.ReadOnlySpan<float> pcm, {weights}, byte* arena)");
        writer.Lines("""
            Frames = frames;
            MicroKernel = __SQ::Kernels.InstructionSets.MicroKernel;
            """);
        writer.Lines(mounts
            ? """
            Weights = weights.Pointer;
            Grids = weights.Grids;
            Head = weights.Head;
            Tokens = weights.Vocabulary.Count;
            """
            : "Weights = weights;");
        if (network.HasExpandedWeights)
        {
            writer.Lines(mounts ? "Expanded = weights.Expanded;" : "Expanded = expanded;");
        }

        for (int slot = 0; slot < network.SlotCount; slot++)
        {
            writer.Lines($"Slot{slot} = arena + plan.Slot{slot};");
        }

        FrontEndText.WriteRun(writer, network);

        writer.Close();
        writer.Close();
    }

    /// <summary>C# for a buffer's bytes.</summary>
    private static string Size(Lower.Buffer buffer)
    {
        if (buffer.RowBytes == 0)
        {
            return $"{buffer.FixedBytes}{(buffer.PerThread ? "L * threads" : "")}";
        }

        int padding = buffer.PadLeft + buffer.PadRight;
        string frames = $"frames.Stage{buffer.Stage}";
        return $"{(padding == 0 ? frames : $"({frames} + {padding})")} * {buffer.RowBytes}L{(buffer.PerThread ? " * threads" : "")}";
    }
}
