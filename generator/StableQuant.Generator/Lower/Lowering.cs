using StableQuant.Graph;
using StableQuant.Graph.Text;
using StableQuant.Graph.Validation;

namespace StableQuant.Generator.Lower;

/// <summary>
/// Lowers a description: finds each value's shape, fuses activation, residual and quantisation into the step that makes the
/// value, and plans the arena.
/// </summary>
internal static class Lowering
{
    /// <summary>Lowers a description that <see cref="ModelValidator"/> has passed.</summary>
    /// <param name="description">The description.</param>
    /// <param name="mounts">Whether grids and head are those of weights that are known only at run time.</param>
    public static LoweredModel Lower(ModelDescription description, bool mounts)
    {
        ModelDescription model = ExpandedWeights.Place(description);
        var shapes = new ValueShapes(model.FrontEnd);
        foreach (Operation operation in model.Operations)
        {
            shapes.Add(operation);
        }

        var builder = new StepBuilder(model, shapes, new Readers(model), mounts);
        builder.VisitFrontEnd();
        foreach (Operation operation in model.Operations)
        {
            builder.Visit(operation);
        }

        return MemoryPlan.Assign(builder.Finish()) with { Shape = mounts ? ShapeText.Fingerprint(description) : null };
    }
}
