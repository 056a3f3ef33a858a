using System.Text.Json;

namespace StableQuant.Cli.Tests;

/// <summary>Models that classify or embed.</summary>
[Trait("Ring", "Full")]
public sealed class HeadTests : IDisposable
{
    private static readonly string Classifier = Tool.Model("heads/w2v2-classify-weighted"), Embedder = Tool.Model("heads/w2v2-xvector"), Frames = Tool.Model("checkpoints/w2v2-frames");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Classify_names_the_most_probable_classes()
    {
        Tool.Outcome told = Tool.Run("classify", Classifier, Tool.Data("0055.wav"), Tool.Data("0059.wav"), "--top", "7", "--json");
        told.Status.ShouldBe(Tool.Done, told.Error);
        JsonElement[] files = [.. told.Json().GetProperty("files").EnumerateArray()];
        files.Length.ShouldBe(2);
        JsonElement[] classes = [.. files[0].GetProperty("classes").EnumerateArray()];
        double[] probabilities = [.. classes.Select(c => c.GetProperty("probability").GetDouble())];
        probabilities.ShouldBe(probabilities.OrderDescending());
        probabilities.Sum().ShouldBe(1, 1e-5);
        string label = classes[0].GetProperty("label").GetString()!;
        files[0].GetProperty("label").GetString().ShouldBe(label);

        string[] line = Tool.Run("classify", Classifier, Tool.Data("0055.wav")).Output.TrimEnd().Split('\t');
        line.ShouldBe([Tool.Data("0055.wav"), label, probabilities[0].ToString("0.0000", System.Globalization.CultureInfo.InvariantCulture)]);
    }

    [Fact]
    public void The_sample_tells_what_recordings_are_about()
    {
        (string Recording, string Intent)[] said = [.. new[] { ("0000", "time"), ("0007", "number"), ("0015", "arithmetic"), ("0030", "light") }.Select(r => (Tool.Recording(r.Item1 + ".wav"), r.Item2))];
        Tool.Outcome told = Tool.RunSpokenIntents([.. said.Select(r => r.Recording)]);
        told.Status.ShouldBe(Tool.Done, told.Error);
        string[][] lines = [.. told.Output.TrimEnd().Split('\n').Select(line => line.Split('\t'))];
        lines.Select(line => (line[0], line[1])).ShouldBe(said);
        lines.ShouldAllBe(line => double.Parse(line[2], System.Globalization.CultureInfo.InvariantCulture) > 0.5);
    }

    [Fact]
    public void Labels_of_a_file_take_the_place_of_the_models()
    {
        string labels = Path.Combine(folder.FullName, "labels.txt");
        File.WriteAllLines(labels, Enumerable.Range(0, 7).Select(i => $"class {i}"));
        Tool.Run("classify", Classifier, Tool.Data("0055.wav"), "--labels", labels).Output.ShouldContain("\tclass ");
        File.WriteAllText(labels, "one\ntwo\n");
        Tool.Outcome refused = Tool.Run("classify", Classifier, Tool.Data("0055.wav"), "--labels", labels);
        refused.Status.ShouldBe(Tool.Failed);
        refused.Error.ShouldContain("makes 7 logits, but there are 2 labels; name those that belong to the model with --labels FILE.");
    }

    [Fact]
    public void Of_frames_the_stretches_of_each_class_are_told()
    {
        Tool.Outcome told = Tool.Run("classify", Frames, Tool.Data("0055.wav"), "--json");
        JsonElement[] stretches = [.. told.Json().GetProperty("files")[0].GetProperty("stretches").EnumerateArray()];
        stretches.ShouldNotBeEmpty();
        stretches.ShouldAllBe(s => s.GetProperty("end").GetDouble() > s.GetProperty("start").GetDouble() && s.GetProperty("probability").GetDouble() > 0.5);
        stretches.Select(s => s.GetProperty("start").GetDouble()).ShouldBeInOrder();
    }

    [Fact]
    public void Embed_compares_files_and_writes_a_row_for_each()
    {
        string target = Path.Combine(folder.FullName, "embeddings.npy");
        Tool.Run("embed", Embedder, Tool.Data("0055.wav"), Tool.Data("0055.wav")).Output.ShouldBe($"{Tool.Data("0055.wav")}\t1.0000\n");
        Tool.Outcome written = Tool.Run("embed", Embedder, Tool.Data("0055.wav"), Tool.Data("0059.wav"), "-o", target);
        written.Output.ShouldBe($"{target}: 2 embeddings of 24 values\n");
        new FileInfo(target).Length.ShouldBe(128 + (2 * 24 * sizeof(float)));
        JsonElement[] files = [.. Tool.Run("embed", Embedder, Tool.Data("0055.wav"), Tool.Data("0059.wav"), "--json").Json().GetProperty("files").EnumerateArray()];
        float[] values = [.. files.SelectMany(f => f.GetProperty("embedding").EnumerateArray()).Select(v => v.GetSingle())];
        values.ShouldBe(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(target).AsSpan(128)).ToArray());
    }

    [Fact]
    public void A_file_that_is_not_there_leaves_no_matrix()
    {
        string target = Path.Combine(folder.FullName, "embeddings.npy");
        Tool.Outcome failed = Tool.Run("embed", Embedder, Tool.Data("0055.wav"), "missing.wav", "-o", target);
        failed.Status.ShouldBe(Tool.Failed);
        failed.Error.ShouldContain("missing.wav: there is no such file.");
        File.Exists(target).ShouldBeFalse();
    }

    [Theory]
    [InlineData("transcribe", "heads/w2v2-classify-weighted", "use stablequant classify.")]
    [InlineData("transcribe", "heads/w2v2-xvector", "use stablequant embed.")]
    [InlineData("align", "checkpoints/w2v2-frames", "use stablequant classify.")]
    [InlineData("listen", "heads/w2v2-xvector", "use stablequant embed.")]
    [InlineData("classify", "heads/w2v2-xvector", "use stablequant embed.")]
    [InlineData("embed", "checkpoints/w2v2-frames", "use stablequant classify.")]
    [InlineData("classify", "checkpoints/hubert-group", "use stablequant transcribe.")]
    [InlineData("embed", "checkpoints/hubert-group", "use stablequant transcribe.")]
    public void What_a_model_has_no_answer_for_is_one_error_with_the_command_that_has(string command, string model, string mend)
    {
        string[] more = command switch { "align" => [Tool.Data("0055.wav"), "call laura"], "embed" => [Tool.Data("0055.wav"), "--json"], "listen" => [], _ => [Tool.Data("0055.wav")] };
        Tool.Outcome refused = Tool.Run([command, Tool.Model(model), .. more]);
        refused.Status.ShouldBe(Tool.Failed, refused.Error);
        refused.Output.ShouldBeEmpty();
        refused.Error.TrimEnd().ShouldEndWith(mend);
    }

    [Fact]
    public void Logits_take_every_head()
    {
        foreach ((string model, string shape) in new[] { (Classifier, "1 frames of 7 logits"), (Embedder, "1 frames of 24 logits"), (Frames, "frames of 3 logits") })
        {
            Tool.Run("logits", model, Tool.Data("0055.wav"), "-o", Path.Combine(folder.FullName, "l.npy")).Output.ShouldContain(shape);
        }
    }

    [Fact]
    public void Evaluate_counts_labels_and_asks_for_the_float_model_where_nothing_else_tells()
    {
        string manifest = Path.Combine(folder.FullName, "labels.tsv");
        string label = Tool.Run("classify", Classifier, Tool.Data("0055.wav")).Output.Split('\t')[1];
        File.WriteAllText(manifest, $"{Tool.Data("0055.wav")}\t{label}\n{Tool.Data("0059.wav")}\tsomething else\n");
        JsonElement measured = Tool.Run("evaluate", Classifier, "--data", manifest, "--json").Json();
        measured.GetProperty("measure").GetString().ShouldBe("labels");
        measured.GetProperty("accuracy").GetDouble().ShouldBe(0.5);
        Tool.Outcome refused = Tool.Run("evaluate", Embedder, "--data", manifest);
        refused.Status.ShouldBe(Tool.WrongUsage);
        refused.Error.ShouldContain("name with --reference MODEL");
    }
}
