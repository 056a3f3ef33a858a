using StableQuant.Generator.Emit.Kernels;
using StableQuant.Generator.Lower;

namespace StableQuant.Generator.Emit;

/// <summary>Writes the C# of a lowered model: the class, its memory, the order of its layers, then layers and kernels by group.</summary>
internal static class ModelEmitter
{
    private const string TypeParameters = "<TIsa, TSums, TWeights, TInput, TInt, TFloat>";

    /// <summary>The files, by name.</summary>
    public static IEnumerable<GeneratedFile> Emit(LoweredModel network, ClassTarget target)
    {
        GeneratedFile File(string part, string content, Action<SourceWriter> body)
        {
            var writer = new SourceWriter();
            HeaderText.Write(writer, network, target, content, full: part.Length == 0);
            body(writer);
            return new GeneratedFile($"{target.Name}{part}.g.cs", writer.ToString());
        }

        var layers = new LayerEmitter(network);
        yield return File("", "the class", writer => ClassText.Write(writer, network, target));
        yield return File(".Memory", "where values lie", writer => MemoryText.Write(writer, network, target));
        yield return File(".Weights", "what the weights file holds", writer => WeightsText.Write(writer, network, target));
        yield return File(".Network", "the layers in order", writer => InNetwork(writer, target, isFirst: true, layers.WriteRun));
        foreach (string group in layers.Groups)
        {
            yield return File($".Layers.{group}", $"layers of {group}", writer => InNetwork(writer, target, isFirst: false, _ => layers.Write(writer, group)));
        }

        foreach (IGrouping<string, Kernel> kind in layers.Kernels)
        {
            yield return File($".Kernels.{kind.Key}", $"kernels of {kind.Key}", writer => InNetwork(writer, target, isFirst: false, _ =>
            {
                foreach (Kernel kernel in kind)
                {
                    kernel.Write(writer);
                }
            }));
        }
    }

    private static void InNetwork(SourceWriter writer, ClassTarget target, bool isFirst, Action<SourceWriter> body)
    {
        writer.Open($"partial class {target.Name}");
        if (isFirst)
        {
            writer.Lines("/// <summary>The model on one instruction set: each layer a method, each kernel a nested class.</summary>");
        }

        writer.Lines($"private static unsafe partial class Network{TypeParameters}");
        if (isFirst)
        {
            writer.Lines("    where TIsa : struct, __Lanes::IInstructions<TSums, TWeights, TInput, TInt, TFloat>");
            foreach (string type in new[] { "TSums", "TWeights", "TInput", "TInt", "TFloat" })
            {
                writer.Lines($"    where {type} : unmanaged");
            }
        }

        writer.OpenBrace();
        body(writer);
        writer.Close();
        writer.Close();
    }
}
