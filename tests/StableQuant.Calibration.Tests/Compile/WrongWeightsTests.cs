using StableQuant.Calibration.Compile;
using StableQuant.Calibration.Quantization;

namespace StableQuant.Calibration.Tests.Compile;

/// <summary>Weights that do not belong to the description are refused: the message names the file and the mend.</summary>
public class WrongWeightsTests
{
    private static readonly QuantizedModel Model = RandomModel.Make(3);

    [Fact]
    public void The_right_weights_load()
    {
        using var folder = new TempFolder();
        using CompiledModelSource source = CompiledModelSource.Load(Files(folder, Model.Weights));
        source.Name.ShouldBe("random3");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(1)]
    public void One_flipped_bit_is_found(double where)
    {
        byte[] weights = [.. Model.Weights];
        weights[(int)(where * (weights.Length - 1))] ^= 1;
        Refused(weights, "SHA-256 is", "restore it");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(64)]
    [InlineData(-1)]
    public void A_wrong_length_is_found(int length) =>
        Refused(Model.Weights[..(length < 0 ? Model.Weights.Length - 1 : length)], $"compiled for weights of {Model.Weights.Length} bytes", "restore it");

    [Fact]
    public void Another_model_s_weights_are_found() => Refused(RandomModel.Make(4).Weights, "belongs to another .sqmodel", "calibrate again");

    [Fact]
    public void Missing_weights_are_named()
    {
        using var folder = new TempFolder();
        string path = folder.Write("voice.sqmodel", Model.Text);
        Should.Throw<StableQuantException>(() => CompiledModelSource.Load(path)).Message.ShouldContain("voice.sqweights: there is no such file");
    }

    private static void Refused(byte[] weights, params string[] says)
    {
        using var folder = new TempFolder();
        string path = Files(folder, weights);
        string message = Should.Throw<StableQuantException>(() => CompiledModelSource.Load(path)).Message;
        message.ShouldStartWith(Path.ChangeExtension(path, ".sqweights"));
        foreach (string part in says)
        {
            message.ShouldContain(part);
        }
    }

    private static string Files(TempFolder folder, byte[] weights)
    {
        folder.Write("voice.sqweights", weights);
        return folder.Write("voice.sqmodel", Model.Text);
    }
}
