using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;

namespace StableQuant.Calibration.Tests.Import;

/// <summary>A member's operations have the same names and shapes, whether it comes from a checkpoint or from its export.</summary>
public class MemberTests
{
    [SharedTheory("models/zoo/shapes.json")]
    [InlineData("w2v2-relu")]
    [InlineData("mms-adapter")]
    [InlineData("sew")]
    [InlineData("w2v2-addadapter")]
    [InlineData("conformer-relative")]
    [InlineData("w2v-bert")]
    [InlineData("parakeet")]
    public void A_checkpoint_has_the_operations_of_its_export(string name)
    {
        FloatModel exported = OnnxImporter.Import(TestFiles.Shared($"models/zoo/{name}-ts17.onnx")!);
        FloatModel checkpoint = CheckpointImporter.Import(Path.GetDirectoryName(TestFiles.Shared($"models/checkpoints/{name}/config.json"))!);
        static string[] Text(FloatModel model) => [.. model.Operations.Select(operation => (operation with { Source = "" }).ToString())];
        Text(checkpoint).ShouldBe(Text(exported), ignoreOrder: true);
    }
}
