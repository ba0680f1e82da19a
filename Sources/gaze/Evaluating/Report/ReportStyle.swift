/// The report's style sheet: the page's own colours and letters (`Static/gaze.css`), so that the two look like one.
enum ReportStyle {
  static let sheet = HTML(
    markup: #"""
      :root {
        color-scheme: light dark;
        --paper: #f2f4f4;
        --sheet: #fff;
        --bed: #dfe3e4;
        --ink: #15191c;
        --soft: #566067;
        --line: #c9cfd2;
        --edge: #7b868d;
        --accent: #b23c00;
        --warn-line: #b23c00;
        --track: #e3e7e8;
        --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
        --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
        --step: 1.5rem;
      }
      @media (prefers-color-scheme: dark) {
        :root {
          --paper: #121517;
          --sheet: #1a1e21;
          --bed: #0a0c0d;
          --ink: #e8ecee;
          --soft: #9ba6ad;
          --line: #30373c;
          --edge: #6c787f;
          --accent: #ff8a3d;
          --warn-line: #ff8a3d;
          --track: #2a3035;
        }
      }
      *, *::before, *::after { box-sizing: border-box; }
      html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
      body {
        margin: 0 auto;
        max-width: 82rem;
        padding: 0 clamp(1rem, 4vw, 3rem);
        background: var(--paper);
        color: var(--ink);
        font: 1rem/1.5 var(--sans);
        font-variant-numeric: tabular-nums;
        overflow-wrap: break-word;
      }
      h1, h2, h3, p, ul, dl, dd, figure { margin: 0; padding: 0; }
      ul { list-style: none; }
      img, svg { display: block; }
      a { color: inherit; text-underline-offset: 0.2em; text-decoration-color: var(--edge); text-decoration-thickness: 1px; }
      a:hover { text-decoration-color: currentcolor; }
      :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
      main:focus { outline: none; }
      .hint, .quiet, .motto, .colophon, figcaption { color: var(--soft); }
      .hint, figcaption { font-size: 0.8125rem; line-height: 1.45; }
      .hint { max-width: 90ch; }
      .prose { max-width: 75ch; }
      .code { font: 0.8125rem/1.4 var(--mono); color: var(--soft); }
      .path { overflow-wrap: anywhere; }
      .warn { color: var(--accent); }
      .skip:not(:focus) { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
      .skip:focus { position: absolute; top: 0.5rem; left: 0.5rem; padding: 0.5rem 0.75rem; background: var(--sheet); }

      .masthead { display: flex; flex-wrap: wrap; align-items: center; gap: 0.25rem 1.25rem; padding: 1.25rem 0; }
      .wordmark { display: inline-flex; align-items: center; gap: 0.6rem; font-size: 1.25rem; font-weight: 650; letter-spacing: -0.01em; }
      .wordmark svg { width: 1.6rem; fill: none; stroke: currentcolor; stroke-width: 2; }
      .wordmark circle { fill: var(--accent); stroke: none; }
      .motto { font-size: 0.9375rem; }
      .colophon {
        display: flex; justify-content: space-between; gap: 1rem; margin-top: calc(var(--step) * 2); padding: 1rem 0 1.5rem;
        border-top: 1px solid var(--line); font-size: 0.8125rem;
      }

      main { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--step); }
      h1 { font-size: 1.75rem; font-weight: 400; line-height: 1.25; letter-spacing: -0.015em; overflow-wrap: anywhere; }
      h1 strong { font-weight: 650; }
      h2 { font-size: 1.375rem; font-weight: 650; line-height: 1.3; letter-spacing: -0.01em; }
      h3 { font-size: 1rem; font-weight: 650; }
      section { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.875rem; }
      main > section { padding-top: var(--step); border-top: 1px solid var(--line); }
      nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; font-size: 0.875rem; }

      .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 1px; overflow: hidden;
        border: 1px solid var(--line); border-radius: 4px; background: var(--line); }
      .figures div { padding: 1rem var(--step); background: var(--sheet); }
      .figures dt { font-size: 0.8125rem; font-weight: 600; }
      .figures strong { display: block; font-size: 1.75rem; font-weight: 650; line-height: 1.3; letter-spacing: -0.015em; }
      .alert {
        padding: 0.875rem var(--step); border: 1px solid var(--warn-line); border-left-width: 5px; border-radius: 4px;
        background: var(--sheet);
      }

      .plots { display: flex; flex-wrap: wrap; gap: var(--step); align-items: start; }
      .plot { display: grid; gap: 0.75rem; flex: 0 1 auto; max-width: 100%; padding: 1rem; border: 1px solid var(--line); border-radius: 4px;
        background: var(--sheet); overflow-x: auto; }
      /* As wide as the drawing, not wider. */
      .plot figcaption { width: 0; min-width: 100%; }
      .plot svg { font-family: var(--sans); max-width: none; }
      /* The drawings are ink on white; here they are ink on this page's paper. */
      .plot svg > rect:first-of-type { fill: none; }
      .plot text[fill="#000000"] { fill: var(--ink); }
      .plot rect[fill="#000000"] { fill: var(--ink); }
      .plot polyline[stroke="#000000"] { stroke: var(--ink); }
      .plot polyline[stroke="#e1e1e1"], .plot polyline[stroke="#c9cfd2"] { stroke: var(--line); }
      .plot text { pointer-events: none; }
      .plot a rect { cursor: pointer; }
      .plot a:hover rect { stroke: var(--ink); }

      .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 4px; background: var(--sheet); }
      table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
      th, td { padding: 0.5rem 0.75rem; text-align: right; font-weight: 400; white-space: nowrap; }
      thead th { font-size: 0.8125rem; font-weight: 600; white-space: normal; vertical-align: bottom; }
      th:first-child, .text { text-align: left; }
      tbody th { font-weight: 600; }
      .scroll tr + tr > *, .scroll tbody tr:first-child > * { border-top: 1px solid var(--line); }

      .looks { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem var(--step); max-width: 68rem; }
      .looks img { width: 100%; height: auto; background: #fff; border-radius: 2px; }
      .looks .none { align-self: center; text-align: center; }
      .looks figcaption { margin-top: 0.375rem; }

      .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(33rem, 100%), 1fr)); gap: var(--step); }
      .card { display: grid; gap: 0.625rem; align-content: start; padding: 1rem; border: 1px solid var(--line); border-radius: 4px; background: var(--sheet); }
      .strip { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 0.625rem; }
      .strip img { width: 100%; height: auto; aspect-ratio: 1; object-fit: contain; border-radius: 2px; background: var(--bed); }
      .strip figcaption { margin-top: 0.25rem; line-height: 1.3; }
      .strip figcaption span { display: block; }
      .scores th, .scores td { padding: 0.125rem 0.75rem 0.125rem 0; }
      .scores td:nth-child(2) { width: 100%; white-space: normal; }
      .scores td:last-child { padding-right: 0; }
      .facts { display: flex; flex-wrap: wrap; gap: 0.5rem calc(var(--step) * 1.25); }
      .facts dt { font-size: 0.75rem; color: var(--soft); }
      .facts dd { font-size: 0.875rem; }
      .plain-list { display: grid; gap: 0.25rem; font-size: 0.875rem; }
      @media (max-width: 40rem) {
        .motto { display: none; }
        .looks { grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); }
        .strip { grid-template-columns: repeat(2, minmax(0, 1fr)); }
        .card, .figures div { padding: 0.75rem; }
      }
      @media print { nav, .skip { display: none; } .card { break-inside: avoid; } }
      """#)
}
