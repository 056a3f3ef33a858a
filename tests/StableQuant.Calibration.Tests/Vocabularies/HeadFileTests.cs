using StableQuant.Calibration.Tests.Import;
using StableQuant.Calibration.Vocabularies;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Vocabularies;

/// <summary>What a model's outputs stand for, told by its files before it is imported.</summary>
public sealed class HeadFileTests : IDisposable
{
    private static readonly string Classifier = TestFiles.Model("heads/w2v2-classify-weighted"), Embedder = TestFiles.Model("heads/w2v2-xvector");

    private readonly TemporaryFolder folder = new();

    private readonly List<string> notes = [];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_checkpoint_names_its_head_and_its_labels()
    {
        Classes classes = Head(Classifier).ShouldBeOfType<Classes>();
        (classes.PerFrame, classes.Exclusive).ShouldBe((false, true));
        classes.Labels.ShouldBe(Enumerable.Range(0, 7).Select(i => $"LABEL_{i}"));
        Head(Embedder).ShouldBeOfType<Embedding>();
        Head(TestFiles.Model("checkpoints/w2v2-hidden")).ShouldBeOfType<Embedding>();
        Classes frames = Head(TestFiles.Model("checkpoints/w2v2-frames")).ShouldBeOfType<Classes>();
        (frames.PerFrame, frames.Exclusive, frames.Labels.Count).ShouldBe((true, false, 3));
        notes.ShouldBeEmpty();
    }

    [Fact]
    public void An_export_tells_by_its_output_and_takes_the_labels_beside_it()
    {
        Head(Path.Combine(Embedder, "model.onnx")).ShouldBeOfType<Embedding>();
        Head(Path.Combine(Classifier, "model.onnx")).ShouldBe(Head(Classifier));

        string alone = folder.Write("alone.onnx", File.ReadAllBytes(Path.Combine(Classifier, "model.onnx")));
        Head(alone).ShouldBe(Head(Classifier));
        notes.ShouldHaveSingleItem().ShouldContain("its classes are called LABEL_0 to LABEL_6. Name them with --labels FILE.");
    }

    [Theory]
    [InlineData("labels.txt", "yes\nno\n\"so\"\r\nup\ndown\nleft\nright\n")]
    [InlineData("labels.json", """["yes", "no", "\"so\"", "up", "down", "left", "right"]""")]
    [InlineData("labels.json", """{"0": "yes", "1": "no", "2": "\"so\"", "3": "up", "6": "right", "4": "down", "5": "left"}""")]
    [InlineData("config.json", """{"id2label": {"0": "yes", "1": "no", "2": "\"so\"", "3": "up", "4": "down", "5": "left", "6": "right"}}""")]
    public void Labels_are_read_in_every_form(string name, string text) =>
        Head(Classifier, Write(name, text)).ShouldBeOfType<Classes>().Labels.ShouldBe(["yes", "no", "\"so\"", "up", "down", "left", "right"]);

    [Theory]
    [InlineData("""{"0": "yes", "2": "no"}""", "not numbered from 0 on without gaps")]
    [InlineData("""{"yes": 0}""", "'yes' is no index of a class")]
    [InlineData("""{"0": "yes", "00": "no"}""", "'00' is no index of a class")]
    [InlineData("""["yes", 1]""", "a label is no text: 1")]
    [InlineData("""{"0": """, "not JSON")]
    [InlineData("[]", "There are 1 to 65536 classes")]
    [InlineData("""["a\u001b[2J"]""", "holds a character that controls a terminal")]
    public void Malformed_labels_are_an_error_that_names_their_file(string text, string why)
    {
        string path = Write("labels.json", text);
        string message = Should.Throw<StableQuantException>(() => Head(Classifier, path)).Message;
        message.ShouldStartWith(path);
        message.ShouldContain(why);
    }

    [Fact]
    public void The_kind_of_problem_decides_how_probabilities_are_made()
    {
        string model = folder.Write("model.onnx", File.ReadAllBytes(Path.Combine(Classifier, "model.onnx")));
        Write("config.json", """{"problem_type": "multi_label_classification"}""");
        Head(model).ShouldBeOfType<Classes>().Exclusive.ShouldBeFalse();
        Write("config.json", """{"problem_type": "regression"}""");
        Should.Throw<StableQuantException>(() => Head(model)).Message.ShouldContain("its problem_type is 'regression': the outputs are no classes");
    }

    [Fact]
    public void What_a_model_does_not_have_cannot_be_named()
    {
        string labels = Write("labels.txt", "a\nb\n");
        Should.Throw<StableQuantException>(() => Head(Embedder, labels)).Message.ShouldContain("makes embeddings: it has no classes that --labels could name");
        Should.Throw<StableQuantException>(() => HeadFile.LoadFor(Classifier, TestFiles.Data("vocab.json"), null)).Message.ShouldContain("tells classes apart: it has no tokens that --vocab could name");
        Should.Throw<StableQuantException>(() => Head(TestFiles.Model("checkpoints/hubert-group"), labels)).Message.ShouldContain("recognises words");
    }

    private string Write(string name, string text) => folder.Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    private Head Head(string model, string? labels = null) => HeadFile.LoadFor(model, null, labels, note: notes.Add);
}
