-- style.lua - how a notebook's page looks: one column, light and dark as the reader's system says, readable on a phone
-- Read next: lib/notebook/html.lua. SPDX-License-Identifier: MIT
return [[
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #24292f; --quiet: #667079; --line: #e3e6ea; --code: #f6f7f9; --accent: #3b6fb6; --alarm: #b3202c;
  --keyword: #8a3ea8; --constant: #0b6e75; --string: #2f7d32; --comment: #6f7781; --command: #8a5a00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181d; --ink: #d6d9df; --quiet: #99a1ac; --line: #2d323b; --code: #1e2127; --accent: #7fb0f0; --alarm: #ff7b84;
    --keyword: #d49bf0; --constant: #6fd0d6; --string: #93d196; --comment: #8b93a0; --command: #e5b567;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 54rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2em 0 .6em; }
h1 { font-size: 1.9rem; margin-top: .5em; } h2 { font-size: 1.4rem; } h3 { font-size: 1.15rem; }
p, ul, ol, blockquote, table { margin: 0 0 1em; } li > p, li > ul, li > ol { margin: 0; }
a { color: var(--accent); } img { max-width: 100%; height: auto; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2em 0; }
blockquote { margin-left: 0; padding-left: 1em; border-left: 3px solid var(--line); color: var(--quiet); }
code, pre { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
:not(pre) > code { font-size: .88em; background: var(--code); padding: .12em .3em; border-radius: .25em;
  overflow-wrap: anywhere; }
pre { font-size: .85rem; line-height: 1.5; margin: 0; overflow-x: auto; -webkit-overflow-scrolling: touch; tab-size: 4; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .95em; }
th, td { padding: .3em .8em; border-bottom: 1px solid var(--line); text-align: left; }
.right { text-align: right; } .center { text-align: center; }
nav { color: var(--quiet); font-size: .95em; margin-bottom: 2em; }
nav ul { list-style: none; padding-left: 1em; margin: .4em 0 0; }
summary { cursor: pointer; }
.cell { margin: 1.4em 0; scroll-margin-top: 1em; }
.cell > pre.source, .prose > pre.source { background: var(--code); border-left: 3px solid var(--accent);
  border-radius: .3em; padding: .75em 1em; }
.prose > pre.source { border-left-color: var(--line); margin-bottom: 1em; }
.name { display: block; text-align: right; font-size: .78rem; line-height: 1.4; }
.name a { color: var(--quiet); text-decoration: none; } .name a:hover { text-decoration: underline; }
.output { padding: .6em 1em 0; } .output:first-of-type { padding-top: .7em; }
.warning { color: var(--quiet); }
.error pre { color: var(--alarm); border-left: 3px solid var(--alarm); padding-left: .8em; }
.note { color: var(--quiet); font-size: .85rem; }
.facts { display: flex; flex-wrap: wrap; gap: .15em 1em; font-size: .82rem; margin-bottom: .25em; color: var(--quiet); }
.facts b { color: var(--ink); font-weight: 600; } .facts span { white-space: nowrap; }
.bad { color: var(--alarm); font-weight: 600; }
figure { margin: 0; } figure img { display: block; width: 100%; max-width: 45rem; border-radius: .3em; }
.k { color: var(--keyword); } .n { color: var(--constant); } .s { color: var(--string); }
.c { color: var(--comment); font-style: italic; }
.m { color: var(--command); font-weight: 600; }
footer { margin-top: 4rem; padding-top: 1em; border-top: 1px solid var(--line); color: var(--quiet); font-size: .85rem; }
@media (max-width: 40rem) {
  main { padding: 1rem .9rem 3rem; } pre { font-size: .78rem; } h1 { font-size: 1.55rem; } h2 { font-size: 1.25rem; }
  .cell > pre.source { padding: .6em .75em; margin: 0 -.4em; } .output { padding-left: .35em; padding-right: 0; }
}
@media print { .cell, figure { break-inside: avoid; } pre { white-space: pre-wrap; } }
]]
