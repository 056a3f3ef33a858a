using StableQuant.Calibration.Evaluate;
using StableQuant.Graph;

namespace StableQuant.Calibration.Tests.Evaluate;

public sealed class VocabularyFileTests : IDisposable
{
    private readonly TempFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("""{"A": 2, "<pad>": 0, "|": 1}""", 0, 1)]
    [InlineData("""{"|": 0, "A": 1, "[PAD]": 2}""", 2, 0)]
    [InlineData("""{"A": 0, "<pad>": 1}""", 1, -1)]
    public void Blank_and_word_delimiter_are_found_by_name(string json, int blank, int wordDelimiter)
    {
        Vocabulary vocabulary = VocabularyFile.Load(folder.Write("vocab.json", json));
        vocabulary.Blank.ShouldBe(blank);
        vocabulary.WordDelimiter.ShouldBe(wordDelimiter);
    }

    [Theory]
    [InlineData("""{"A": 0""", "not JSON")]
    [InlineData("""["A"]""", "not one JSON object")]
    [InlineData("""{"en": {"A": 0}}""", "en does not map to a whole number")]
    [InlineData("""{"<pad>": 0, "A": 2}""", "A maps to 2")]
    [InlineData("""{"<pad>": 0, "A": 0}""", "A maps to 0")]
    [InlineData("""{"A": 0, "B": 1}""", "no CTC blank")]
    public void An_error_names_the_file_and_what_is_wrong(string json, string message)
    {
        string path = folder.Write("vocab.json", json);
        string actual = Should.Throw<StableQuantException>(() => VocabularyFile.Load(path)).Message;
        actual.ShouldStartWith(path);
        actual.ShouldContain(message);
    }

    [Fact]
    public void The_default_lies_beside_the_model()
    {
        string model = Path.Combine(folder.Path, "model.onnx");
        Should.Throw<StableQuantException>(() => VocabularyFile.LoadFor(model, null)).Message.ShouldContain("--vocab");
        folder.Write("vocab.json", """{"<pad>": 0, "a": 1}""");
        VocabularyFile.LoadFor(model, null).Tokens.Count.ShouldBe(2);
    }
}
