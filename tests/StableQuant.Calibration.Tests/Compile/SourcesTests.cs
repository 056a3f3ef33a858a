using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;
using StableQuant.Generator;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>Calibration writes a description once and compiles it without reading it: that is the code of whoever reads it later.</summary>
public class SourcesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_description_at_hand_compiles_to_the_code_that_its_text_compiles_to(int seed)
    {
        QuantizedModel model = RandomModel.Make(seed);
        IReadOnlyList<GeneratedFile> ships = ModelCompiler.Compile(model.Text, CompiledModelSource.Target, out _);
        ships.ShouldNotBeEmpty();
        CompiledModelSource.Sources(model.Description, "weights", CompiledModelSource.Target).ShouldBe(ships);
    }
}
