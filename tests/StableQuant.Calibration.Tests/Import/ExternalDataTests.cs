using System.Globalization;
using Google.Protobuf;
using StableQuant.Calibration.Float;
using StableQuant.Calibration.Import;
using StableQuant.Calibration.Import.Onnx;

namespace StableQuant.Calibration.Tests.Import;

public sealed class ExternalDataTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ModelProto model = TinyModel.Load(TinyModel.GroupNorm);
    private readonly List<TensorProto> moved = [];

    /// <summary>Moves every tensor of some size into the file weights.bin.</summary>
    public ExternalDataTests()
    {
        Directory.CreateDirectory(folder["model"]);
        using MemoryStream weights = new();
        foreach (TensorProto tensor in model.Graph.Initializer.Where(t => t.RawData.Length >= 1024))
        {
            Set(tensor, "location", "weights.bin");
            Set(tensor, "offset", weights.Length.ToString(CultureInfo.InvariantCulture));
            Set(tensor, "length", tensor.RawData.Length.ToString(CultureInfo.InvariantCulture));
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            tensor.RawData.WriteTo(weights);
            tensor.ClearRawData();
            moved.Add(tensor);
        }

        folder.Write("model/weights.bin", weights.ToArray());
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_model_with_external_data_is_the_same_model() =>
        TinyModel.Difference(Import(), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);

    [Fact]
    public void External_data_may_lie_in_a_folder_below_the_model()
    {
        Directory.CreateDirectory(folder["model/data"]);
        File.Move(folder["model/weights.bin"], folder["model/data/weights.bin"]);
        moved.ForEach(t => Set(t, "location", "data/weights.bin"));
        TinyModel.Difference(Import(), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData("../weights.bin")]
    [InlineData("data/../../weights.bin")]
    [InlineData("data/../weights.bin")]
    [InlineData("/etc/hostname")]
    [InlineData(@"..\weights.bin")]
    [InlineData(@"C:\weights.bin")]
    [InlineData("")]
    [InlineData(".")]
    public void A_location_outside_the_folder_is_refused(string location)
    {
        File.Copy(folder["model/weights.bin"], folder["weights.bin"]);
        Set(moved[0], "location", location);
        Refused().ShouldContain("is no relative path inside the model's folder");
    }

    [Fact]
    public void A_symbolic_link_is_refused_unless_it_is_allowed()
    {
        File.Move(folder["model/weights.bin"], folder["elsewhere.bin"]);
        File.CreateSymbolicLink(folder["model/weights.bin"], folder["elsewhere.bin"]);
        Refused().ShouldContain("symbolic link");
        TinyModel.Difference(Import(allowSymlinks: true), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
    }

    [Theory]
    [InlineData("snapshots/1a2b")]
    [InlineData("snapshots/1a2b/onnx")]
    public void Links_of_a_download_cache_are_followed_to_its_blobs(string place)
    {
        // models--NAME/blobs holds the files, models--NAME/snapshots/REVISION links to them, each file by itself.
        string up = string.Concat(place.Split('/').Select(_ => "../"));
        Directory.CreateDirectory(folder["models--a--b/blobs"]);
        Directory.CreateDirectory(folder["models--a--b/" + place]);
        File.Move(folder["model/weights.bin"], folder["models--a--b/blobs/77aa"]);
        folder.Write("models--a--b/blobs/33cc", model.ToByteArray());
        File.CreateSymbolicLink(folder[$"models--a--b/{place}/weights.bin"], up + "blobs/77aa");
        string path = folder[$"models--a--b/{place}/model.onnx"];
        File.CreateSymbolicLink(path, up + "blobs/33cc");
        TinyModel.Difference(OnnxImporter.Import(path), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);

        // The model may be a copy beside the linked data; data elsewhere are refused as ever.
        File.Delete(path);
        File.Copy(folder["models--a--b/blobs/33cc"], path);
        TinyModel.Difference(OnnxImporter.Import(path), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
        File.Move(folder["models--a--b/blobs/77aa"], folder["elsewhere.bin"]);
        File.CreateSymbolicLink(folder["models--a--b/blobs/77aa"], folder["elsewhere.bin"]);
        Should.Throw<ImportException>(() => OnnxImporter.Import(path)).Message.ShouldContain("--allow-symlinks");
        TinyModel.Difference(OnnxImporter.Import(path, allowSymlinks: true), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void A_link_beside_the_model_that_stays_there_is_followed()
    {
        File.Move(folder["model/weights.bin"], folder["model/real.bin"]);
        File.CreateSymbolicLink(folder["model/weights.bin"], "real.bin");
        TinyModel.Difference(Import(), TinyModel.GroupNorm).ShouldBeLessThan(1e-5);
    }

    [Fact]
    public void Links_in_a_circle_are_refused()
    {
        File.Delete(folder["model/weights.bin"]);
        File.CreateSymbolicLink(folder["model/weights.bin"], "other.bin");
        File.CreateSymbolicLink(folder["model/other.bin"], "weights.bin");
        Refused().ShouldContain("in a circle");
    }

    [Fact]
    public void A_folder_that_is_a_symbolic_link_is_refused()
    {
        Directory.CreateDirectory(folder["elsewhere"]);
        File.Move(folder["model/weights.bin"], folder["elsewhere/weights.bin"]);
        Directory.CreateSymbolicLink(folder["model/data"], folder["elsewhere"]);
        moved.ForEach(t => Set(t, "location", "data/weights.bin"));
        Refused().ShouldContain("symbolic link");
    }

    [Theory]
    [InlineData("9223372036854775807", "ends past the end")]
    [InlineData("99999999", "ends past the end")]
    [InlineData("-4", "for the offset")]
    [InlineData("1e3", "for the offset")]
    [InlineData("99999999999999999999", "for the offset")]
    public void An_offset_outside_the_file_is_refused(string offset, string why)
    {
        Set(moved[0], "offset", offset);
        Refused().ShouldContain(why);
    }

    [Fact]
    public void A_length_other_than_the_shape_asks_for_is_refused()
    {
        Set(moved[0], "length", "12");
        Refused().ShouldContain("its shape asks for");
    }

    [Fact]
    public void External_data_that_is_missing_is_refused()
    {
        File.Delete(folder["model/weights.bin"]);
        Refused().ShouldContain("put the file beside the model");
    }

    [Fact]
    public void External_data_that_is_cut_short_is_refused()
    {
        using (FileStream file = File.OpenWrite(folder["model/weights.bin"]))
        {
            file.SetLength(file.Length - 1);
        }

        Refused().ShouldContain("ends past the end");
    }

    private static void Set(TensorProto tensor, string key, string value)
    {
        if (tensor.ExternalData.FirstOrDefault(e => e.Key == key) is { } entry)
        {
            entry.Value = value;
        }
        else
        {
            tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }
    }

    private FloatModel Import(bool allowSymlinks = false) => OnnxImporter.Import(folder.Write("model/model.onnx", model.ToByteArray()), allowSymlinks);

    private string Refused() => Should.Throw<ImportException>(() => Import()).Message;
}
