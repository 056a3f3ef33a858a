using System.Text.Json;
using StableQuant.Calibration.Report;
using StableQuant.Calibration.Tests.Prove;

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
          const tall = document.documentElement.scrollHeight, most = innerWidth < 600 ? 18000 : 9000;
          if (tall > most) faults.push('the page is ' + tall + ' px long before anything is unfolded');
          const folded = [...document.querySelectorAll('details:not([open])')];
          for (const d of folded) d.querySelector('summary').click();
          for (const d of folded) {
            if (!d.open || box(d).height <= box(d.querySelector('summary')).height) say('does not open', d);
          }
          if (document.documentElement.scrollWidth > innerWidth) faults.push('the page scrolls sideways');
          for (const e of document.querySelectorAll('body *')) {
            const outside = box(e).right > innerWidth + 1 || box(e).left < -1;
            if (outside && !e.closest('.scroll')) say('is outside the page', e);
          }
          for (const e of document.querySelectorAll('.scroll')) {
            if (e.scrollWidth > e.clientWidth + 1 && (e.closest('.charts') || e.querySelector('.card'))) say('is cut at ' + e.clientWidth + ' of ' + e.scrollWidth, e);
            if (!getComputedStyle(e).backgroundAttachment.includes('local')) say('has no hint that it scrolls', e);
          }
          for (const e of document.querySelectorAll('table')) {
            if (box(e).width > e.parentElement.clientWidth + 1 && !e.closest('.scroll')) say('is cut', e);
          }
          for (const e of document.querySelectorAll('.hash')) {
            if (e.getClientRects().length > 2) say('fills more than two lines', e);
          }
          for (const grid of document.querySelectorAll('.charts')) {
            if (innerWidth > 1000 && grid.children.length == 3 && !grid.querySelector('table')) say('leaves a chart alone', grid);
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
          const grounds = new Map(), ground = e => {
            if (!grounds.has(e)) {
              const c = getComputedStyle(e).backgroundColor;
              grounds.set(e, /, 0\)$/.test(c) ? ground(e.parentElement) : c);
            }
            return grounds.get(e);
          };
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
        (string Name, string Page)[] pages =
        [
            ("calibrate.html", HtmlReport.Render(SampleRuns.Calibrate())),
            ("compare.html", HtmlReport.Render(SampleRuns.Compare())),
            ("script.html", HtmlReport.Render(SampleRuns.Calibrate(SampleRuns.Script))),
            ("image.html", HtmlReport.Render(SampleRuns.Compare(SampleRuns.Image))),
            ("card.html", HtmlCard.Render(Cards.Sample("wav2vec2-base-960h" + SampleRuns.Script + ".onnx"))),
            ("large.html", HtmlReport.Render(SampleRuns.Large())),
        ];
        await using Browser browser = await Browser.StartAsync();
        var grounds = new HashSet<string?>();
        foreach ((string name, string page) in pages)
        {
            string path = Path.Combine(folder.FullName, name);
            await File.WriteAllTextAsync(path, page);
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
