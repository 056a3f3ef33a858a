namespace StableQuant.Server.Tests.Captions;

/// <summary>What may be wrong with how a page looks, as a program in the page.</summary>
internal static class Layout
{
    /// <summary>Gives the faults in words: what is outside, lies on another, is cut, too small to touch or too faint to read.</summary>
    public const string Faults = """
        (() => {
          const faults = [], say = (what, e) => faults.push(what + ': ' + e.outerHTML.slice(0, 120));
          const box = e => e.getBoundingClientRect();
          if (document.documentElement.scrollWidth > innerWidth) faults.push('the page scrolls sideways: ' + document.documentElement.scrollWidth);
          const seen = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility() && box(e).width > 0 && box(e).height > 0);
          for (const e of seen) {
            if (box(e).right > innerWidth + 1 || box(e).left < -1) say('is outside the page', e);
            if (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible') say('is cut', e);
          }
          // Of what scrolls by itself, what is hidden lies behind something else.
          const inside = e => { const r = box(e), c = e.closest('#transcript, .scroll'); if (!c) return r; const s = box(c);
            return { left: r.left, right: r.right, top: Math.max(r.top, s.top), bottom: Math.min(r.bottom, s.bottom) }; };
          const leaves = seen.filter(e => e.matches('h1, h2, p, li span, button, input, canvas, summary, label, th, td'));
          for (const a of leaves) for (const b of leaves) {
            if (a === b || a.contains(b) || b.contains(a) || a.matches('th, td') && b.matches('th, td')) continue;
            const [r, s] = [inside(a), inside(b)];
            if (Math.min(r.right, s.right) - Math.max(r.left, s.left) > 1 && Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top) > 1) say('lies on ' + b.outerHTML.slice(0, 60), a);
          }
          for (const e of seen.filter(e => e.matches('button'))) if (box(e).height < 24 || box(e).width < 24) say('is too small to touch', e);
          for (const e of seen.filter(e => e.matches('button, canvas, input'))) if (!(e.textContent.trim() || e.ariaLabel || e.labels?.length)) say('has no name', e);
          const light = c => c.match(/[\d.]+/g).slice(0, 3).map(v => v / 255).map(v => v <= 0.04 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c)) return c; } };
          for (const e of leaves.filter(e => e.textContent.trim())) {
            const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
            if ((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5) say('is too faint', e);
          }
          return faults;
        })()
        """;
}
