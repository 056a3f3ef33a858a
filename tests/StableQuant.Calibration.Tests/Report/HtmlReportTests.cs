using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using StableQuant.Calibration.Calibrate;
using StableQuant.Calibration.Report;

namespace StableQuant.Calibration.Tests.Report;

public sealed class HtmlReportTests
{
    [Fact]
    public void Interpolated_text_is_escaped_and_markup_is_not()
    {
        Html inner = $"<b>{"a<b>&\"'\0"}</b>";
        Html outer = $"<p title=\"{"\""}\">{inner}{new[] { inner }.Select(i => i)} {1234.5:0.00} {(string?)null}</p>";
        const string Inner = "<b>a&lt;b&gt;&amp;&quot;&#39;\uFFFD</b>";
        outer.ToString().ShouldBe($"<p title=\"&quot;\">{Inner}{Inner} 1234.50 </p>");
    }

    [Theory]
    [InlineData("")]
    [InlineData(SampleRuns.Script)]
    [InlineData(SampleRuns.Image)]
    public void The_page_is_well_formed_and_loads_nothing_whatever_names_and_words_are(string hostile)
    {
        foreach (ReportedRun[] runs in new[] { SampleRuns.Calibrate(hostile), SampleRuns.Compare(hostile) })
        {
            XElement[] elements = [.. Parse(HtmlReport.Render(runs)).Descendants()];
            string[] loading = ["script", "img", "link", "iframe", "object", "image", "use", "a"];
            elements.Where(e => loading.Contains(e.Name.LocalName)).ShouldAllBe(e => e.Name.LocalName == "a" && e.Attribute("href")!.Value.StartsWith('#'));
            elements.SelectMany(e => e.Attributes()).ShouldAllBe(a => !a.Name.LocalName.StartsWith("on") && a.Name.LocalName != "style");
            elements.Single(e => e.Name.LocalName == "style").Value.ShouldNotContain("url(");
        }
    }

    [Fact]
    public void The_page_is_the_same_for_the_same_input_whatever_time_it_took_and_names_no_folder()
    {
        static string Page() => WithoutSpeed(HtmlReport.Render(SampleRuns.Compare()));
        string page = Page();
        page.ShouldBe(Page());
        page.ShouldNotContain("somewhere");
    }

    [Fact]
    public void The_page_tells_all_that_is_known()
    {
        ReportedRun[] runs = SampleRuns.Calibrate();
        CalibrationResult result = runs[0].Result;
        XElement page = Parse(HtmlReport.Render(runs));
        string text = page.Value.Replace('\u00A0', ' ');
        result.Sets.ShouldAllBe(set => text.Contains(set.Measurement.ManifestSha256) && text.Contains(set.Measurement.Data));
        text.ShouldContain(result.ModelSha256);
        text.ShouldContain(result.WeightsSha256);
        text.ShouldContain("stablequant calibrate model.onnx --data dev.tsv -o model.sqmodel");
        text.ShouldMatch(@"stablequant \d+\.\d+\.\d+");
        text.ShouldContain("white noise at -30 dBFS");
        text.ShouldContain("0.00 % → 31.58 %", customMessage: "12 of 38 words of the holdout are other ones");
        text.ShouldContain("1 of 2 utterances differ");
        XElement figures = page.Descendants("table").Where(table => (table.Element("caption")?.Value ?? "").StartsWith("Figures, with 95 %", StringComparison.Ordinal)).ElementAt(1);
        figures.Element("tbody")!.Elements("tr").Select(row => string.Join('/', row.Elements().Select(cell => cell.Value.Replace('\u00A0', ' ')))).ShouldBe([
            "word error rate/0.00 %/31.58 %/0.00 … +33.33",
            "errors of rare words, at most 5 times in the transcripts/0.00 %/0.00 %/0.00 … 0.00",
            "word error rate, worst 1 % of the utterances/0.00 %/33.33 %/0.00 … +33.33",
            "words that differ from float's//31.58 %/0.00 … 33.33",
            "words that differ from float's, worst 1 % of the utterances//33.33 %/0.00 … 33.33",
        ]);

        XElement[] layers = [.. page.Descendants("details")];
        layers.Select(layer => layer.Descendants("h3").Single().Value).ShouldBe(result.Layers.Select(layer => layer.Name));
        layers.Select(layer => layer.Attribute("open") is not null).ShouldBe([true, true, false], "those selected are open");
        layers.Select(layer => layer.Value.Contains("fits the search speech only")).ShouldBe([false, true, false]);
        layers.Select(layer => layer.Descendants("svg").Count()).ShouldBe([0, 1, 2], "the first reads the audio");
        layers[1].Value.ShouldContain("99.5\u00A0%");
        layers[1].Value.ShouldContain("5.0·10⁻⁴");
        layers[1].Value.ShouldContain("kept as remainders");

        page.Descendants("svg").Count().ShouldBe(8);
        page.Descendants("svg").ShouldAllBe(svg => svg.Elements("title").Any() && svg.Elements("desc").Any());
    }

    [Fact]
    public void A_flag_that_does_no_harm_is_none_of_alarm()
    {
        static string Badge(ReportedRun run) => (string)Parse(HtmlReport.Render([run])).Descendants("summary").Elements("span").Single(span => span.Value.StartsWith("fits the search", StringComparison.Ordinal)).Attribute("class")!;
        Badge(SampleRuns.Calibrate()[0]).ShouldBe("badge plain");
        Badge(SampleRuns.Compare()[1]).ShouldBe("badge warn", "clipped outliers may do harm");
    }

    [Fact]
    public void Words_that_differ_from_float_s_are_told_of_every_set_and_what_makes_them_of_the_probe()
    {
        XElement page = Parse(HtmlReport.Render(SampleRuns.Compare()));
        XElement probe = page.Descendants("section").Single(section => (string?)section.Attribute("id") == "probe");
        probe.Descendants("tbody").First().Elements("tr").Select(row => string.Join('/', row.Elements().Select(cell => cell.Value.Replace('\u00A0', ' '))))
            .ShouldBe(["max/66.67 %/1/1/0", "stablequant, clip/66.67 %/1/1/0", "stablequant, keep/66.67 %/1/1/0"]);
        probe.Descendants("svg").Select(svg => svg.Descendants("g").Count()).ShouldBe([3, 3], "kinds of operands, and layers");
        probe.Descendants("tbody").Last().Elements("tr").Single().Value.Replace('\u00A0', ' ').ShouldContain("inputs of convolutions66.67 %3.0·10⁻³");
        page.Descendants("section").First().Descendants("tbody").First().Elements("tr").Last().Value.ShouldContain("25.00", customMessage: "THE is left out of TURN ON THE LIGHT");

        ReportedRun run = SampleRuns.Calibrate()[0];
        Parse(HtmlReport.Render([run with { Result = run.Result with { Probe = null, Attribution = [] } }])).Descendants("section").ShouldAllBe(section => (string?)section.Attribute("id") != "probe");
    }

    [Fact]
    public void Wrong_words_are_marked_in_their_columns()
    {
        XElement table = Parse(HtmlReport.Render(SampleRuns.Calibrate())).Descendants("table").First(t => (string?)t.Attribute("class") == "words");
        table.Element("thead")!.Descendants("th").Select(th => th.Value).ShouldBe(["reference", "float", "int8"]);
        table.Element("tbody")!.Elements("tr").Select(tr => string.Join('/', tr.Elements("td").Select(td => td.Element("mark") is XElement wrong ? $"[{wrong.Value}]" : td.Value)))
            .ShouldBe(["TURN/TURN/TURN", "ON/ON/ON", "THE/THE/[–]", "LIGHT/LIGHT/LIGHT"]);
    }

    [Fact]
    public void Runs_on_other_speech_are_not_compared()
    {
        ReportedRun run = SampleRuns.Calibrate()[0];
        ReportedRun other = run with { Result = run.Result with { Sets = [run.Result.Sets[0]] } };
        Should.Throw<ArgumentException>(() => HtmlReport.Render([run, other]));
        Should.Throw<ArgumentException>(() => HtmlReport.Render([]));
    }

    // The one thing on the page that is measured with a clock.
    private static string WithoutSpeed(string page)
    {
        string without = Regex.Replace(page, "<div class=\"speed\">.*?</div>", "");
        without.Length.ShouldBeLessThan(page.Length);
        return without;
    }

    private static XElement Parse(string page)
    {
        using var reader = XmlReader.Create(new StringReader(page), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }
}
