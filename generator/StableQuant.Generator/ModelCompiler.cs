using StableQuant.Generator.Emit;
using StableQuant.Generator.Lower;
using StableQuant.Graph;
using StableQuant.Graph.Text;

namespace StableQuant.Generator;

/// <summary>The compiler without Roslyn around it: parse, lower, emit. The generator and the command-line tool call the same code.</summary>
public static class ModelCompiler
{
    /// <summary>Compiles a description.</summary>
    /// <param name="description">The text of a <c>.sqmodel</c>.</param>
    /// <param name="target">The class to make.</param>
    /// <param name="error">The first error in the description; null when there is none.</param>
    /// <param name="cancellation">Ends the work early.</param>
    /// <returns>The generated files; none when there is an error.</returns>
    public static IReadOnlyList<GeneratedFile> Compile(string description, ClassTarget target, out DescriptionError? error, CancellationToken cancellation = default)
    {
        ModelDescription? model = DescriptionReader.Read(description, out error);
        var files = new List<GeneratedFile>();
        if (model is null)
        {
            return files;
        }

        bool mounts = target.Place == WeightsPlace.Mounted;
        if (mounts && model.VocabularyHead is null)
        {
            error = new DescriptionError(1, 1, 1, $"Other weights cannot be mounted: the last operation, '{model.Operations[model.Operations.Count - 1].Name}', is no linear layer, whose outputs could be another vocabulary's. Set StableQuantWeights to embed or file.");
            return files;
        }

        // Each file is written when it is asked for.
        foreach (GeneratedFile file in ModelEmitter.Emit(Lowering.Lower(model, mounts), target))
        {
            cancellation.ThrowIfCancellationRequested();
            files.Add(file);
        }

        return files;
    }
}
