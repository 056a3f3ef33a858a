using System.Text.Json;
using StableQuant.Calibration.Report;

namespace StableQuant.Calibration.Tests.Report;

/// <summary>What a person sees of the page, in a real browser: on a phone and on a desk, by day and by night.</summary>
[Trait("Ring", "Full")]
public sealed class BrowserTests : IDisposable
{
    /// <summary>What is wrong with the layout, in words.</summary>
    private const string Faults = """
        (() => {
          const faults = [], say = (what, e) => faults.push(what + ': ' + e.outerHTML.slice(0, 160));
          const box = e => e.getBoundingClientRect();
          for (const d of document.querySelectorAll('details:not([open])')) {
            d.querySelector('summary').click();
            if (!d.open || box(d).height <= box(d.querySelector('summary')).height) say('does not open', d);
          }
          if (document.documentElement.scrollWidth > innerWidth) faults.push('the page scrolls sideways');
          for (const e of document.querySelectorAll('body *')) {
            const outside = box(e).right > innerWidth + 1 || box(e).left < -1;
            if (outside && !e.closest('.scroll')) say('is outside the page', e);
          }
          for (const svg of document.querySelectorAll('svg')) {
            const s = box(svg);
            if (s.width < 200 || s.height < 40) say('is too small', svg);
            for (const text of svg.querySelectorAll('text')) {
              const t = box(text);
              if (t.left < s.left - 1 || t.right > s.right + 1 || t.bottom > s.bottom + 1 || t.top < s.top - 1) say('is cut off', text);
              if (t.height < 9) say('is too small to read', text);
            }
          }
          for (const table of document.querySelectorAll('.words')) {
            const heads = [...table.querySelectorAll('thead th')];
            for (const row of table.querySelectorAll('tbody tr')) {
              const cells = [...row.cells];
              if (new Set(cells.map(c => Math.round(box(c).left))).size != 1) say('is not one column', row);
              if (row == table.tBodies[0].rows[0] && cells.some((c, i) => Math.abs(box(c).top - box(heads[i]).top) > 2)) say('is not in the line of its model', row);
            }
          }
          const light = c => c.match(/[\d.]+/g).slice(0, 3).map(v => v / 255).map(v => v <= 0.04 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c)) return c; } };
          for (const e of document.querySelectorAll('p, td, th, dt, dd, small, h1, h2, h3, h1 span, mark, caption, a, .badge, .interval, li')) {
            const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
            if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) say('is too faint', e);
          }
          return faults;
        })()
        """;

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("stablequant-");

    public void Dispose() => folder.Delete(recursive: true);

    [BrowserFact]
    public async Task The_page_is_whole_on_every_screen_and_hostile_names_do_nothing()
    {
        (string Name, ReportedRun[] Runs)[] pages =
        [
            ("calibrate.html", SampleRuns.Calibrate()),
            ("compare.html", SampleRuns.Compare()),
            ("script.html", SampleRuns.Calibrate(SampleRuns.Script)),
            ("image.html", SampleRuns.Compare(SampleRuns.Image)),
        ];
        await using Browser browser = await Browser.StartAsync();
        var grounds = new HashSet<string?>();
        foreach ((string name, ReportedRun[] runs) in pages)
        {
            string path = Path.Combine(folder.FullName, name);
            HtmlReport.Write(path, runs);
            foreach ((int width, bool dark) in new[] { (390, false), (1200, false), (1200, true) })
            {
                browser.Requests.Clear();
                await browser.OpenAsync(path, width, dark);
                JsonElement faults = await browser.EvaluateAsync(Faults);
                faults.EnumerateArray().Select(fault => fault.GetString()).ShouldBeEmpty($"{name} at {width}");
                (await browser.EvaluateAsync("typeof hostile")).GetString().ShouldBe("undefined");
                grounds.Add((await browser.EvaluateAsync("getComputedStyle(document.documentElement).backgroundColor")).GetString());
                browser.Requests.ShouldBe([new Uri(path).AbsoluteUri]);
            }
        }

        grounds.Count.ShouldBe(2, "one by day, one by night");
        browser.Complaints.ShouldBeEmpty();
    }
}
