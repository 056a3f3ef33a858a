using StableQuant.Calibration.Evaluate;
using StableQuant.Calibration.Simulate;
using StableQuant.Calibration.Tests.Import;

namespace StableQuant.Calibration.Tests.Simulate;

/// <summary>A journal is read up to the first line that is none of ours, whatever is in the file.</summary>
public class SimulationJournalTests
{
    private const string Owner = "sqsearch abc";

    private const string First = """{"Key":"s abc","Words":[1,2,3,4,0,0,0,5],"Divergence":0.5,"DivergenceElsewhere":0.25,"SignalToNoise":"Infinity"}""";

    [Fact]
    public void A_whole_line_comes_back()
    {
        SimulationResult found = Read($"{Owner}\n{First}\n", "s abc").ShouldNotBeNull();
        found.Words.ShouldBe([new ErrorRate(1, 2, 3, 4), new ErrorRate(0, 0, 0, 5)]);
        (found.Divergence, found.DivergenceElsewhere, found.SignalToNoise).ShouldBe((0.5, 0.25, double.PositiveInfinity));
    }

    [Fact]
    public void Rounding_may_leave_less_than_no_divergence() =>
        Read($"{Owner}\n{First.Replace(":0.5", ":-2.1E-08", StringComparison.Ordinal)}\n", "s abc").ShouldNotBeNull().Divergence.ShouldBe(-2.1e-8);

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"Words":[1,2,3,4],"Divergence":0.5,"DivergenceElsewhere":0.25,"SignalToNoise":1}""")]
    [InlineData("""{"Key":"s def","Divergence":0.5,"DivergenceElsewhere":0.25,"SignalToNoise":1}""")]
    [InlineData("""{"Key":"s def","Words":null,"Divergence":0.5,"DivergenceElsewhere":0.25,"SignalToNoise":1}""")]
    [InlineData("""{"Key":"s def","Words":[1,2,3],"Divergence":0.5,"DivergenceElsewhere":0.25,"SignalToNoise":1}""")]
    [InlineData("""{"Key":"s def","Words":[1,2,3,-4],"Divergence":0.5,"DivergenceElsewhere":0.25,"SignalToNoise":1}""")]
    [InlineData("""{"Key":"s def","Words":[1,2,3,4],"Divergence":"NaN","DivergenceElsewhere":0.25,"SignalToNoise":1}""")]
    [InlineData("""{"Key":"s def","Words":[1,2,3,4],"Divergence":-1,"DivergenceElsewhere":0.25,"SignalToNoise":1}""")]
    [InlineData("""{"Key":"s def","Words":[1,2,3,4],"Divergence":0.5,"DivergenceElsewhere":0.25,"SignalToNoise":"NaN"}""")]
    [InlineData("""{"Key":"s def","Words":[1,2,3,4],"Diverg""")]
    public void A_line_that_is_none_ends_it(string line)
    {
        string text = $"{Owner}\n{First}\n{line}\n{First.Replace("s abc", "s ghi", StringComparison.Ordinal)}\n";
        Read(text, "s abc").ShouldNotBeNull();
        Read(text, "s def").ShouldBeNull();
        Read(text, "s ghi").ShouldBeNull();
    }

    [Fact]
    public void Hostile_journals_are_read_without_an_exception()
    {
        string[] files = Directory.GetFiles(TestFiles.Data("Hostile"), "*.sqsearch");
        files.Length.ShouldBe(4);
        foreach (string file in files)
        {
            using var journal = new SimulationJournal(file, File.ReadLines(file).First());
            journal.Find("nothing").ShouldBeNull();
        }
    }

    private static SimulationResult? Read(string text, string key)
    {
        using TemporaryFolder folder = new();
        using var journal = new SimulationJournal(folder.Write("model.sqsearch", System.Text.Encoding.UTF8.GetBytes(text)), Owner);
        return journal.Find(key);
    }
}
