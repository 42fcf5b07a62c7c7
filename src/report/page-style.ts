import { FONT } from './style.ts';

/** The style sheet of a report. Figures lie on light cards in both colour schemes: their inks are made for paper. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #fafaf9; --ink: #1c2128; --quiet: #5b6472; --line: #e3e5e8; --card: #ffffff; --figure: #ffffff;
  --accent: #0b5cad; --stress: #f1f5fa;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --ink: #e4e7eb; --quiet: #9aa4b1; --line: #2c323a; --card: #1a1e24; --figure: #eef0f2;
    --accent: #7db7f0; --stress: #222a34;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 ${FONT};
}
main { max-width: 1120px; margin: 0 auto; padding: 56px 32px 80px; }
h1, h2 { line-height: 1.2; letter-spacing: -0.012em; font-weight: 640; overflow-wrap: anywhere; text-wrap: balance; }
h1 { font-size: 2.1rem; margin: 0; }
h2 { font-size: 1.3rem; margin: 0 0 14px; }
p { max-width: 68ch; margin: 0 0 14px; overflow-wrap: anywhere; }
pre {
  margin: 0 0 14px; padding: 14px 18px; overflow-x: auto; font: 0.92rem/1.6 ui-monospace, Menlo, Consolas, monospace;
  background: var(--card); border: 1px solid var(--line); border-radius: 8px;
}
.subtitle { color: var(--quiet); font-size: 1.08rem; margin: 8px 0 0; }
dl {
  display: flex; flex-wrap: wrap; gap: 16px 44px;
  margin: 32px 0 0; padding: 20px 0; border: solid var(--line); border-width: 1px 0;
}
dl div { min-width: 0; }
dt { color: var(--quiet); font-size: 0.8rem; }
dd { margin: 1px 0 0; font-size: 1.05rem; font-weight: 560; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
nav { margin: 18px 0 0; font-size: 0.9rem; display: flex; flex-wrap: wrap; gap: 4px 20px; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; text-underline-offset: 3px; }
section { margin: 52px 0 0; scroll-margin-top: 24px; }
.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px; margin: 20px 0 0; }
figure {
  margin: 0; min-width: 0; padding: 18px 18px 12px; overflow-x: auto;
  background: var(--figure); border: 1px solid var(--line); border-radius: 8px;
}
figure svg { display: block; width: 100%; height: auto; }
figure.wide { grid-column: 1 / -1; }
.table { overflow-x: auto; margin: 20px 0 0; }
table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums lining-nums; }
caption { text-align: left; color: var(--quiet); padding: 0 0 8px; font-size: 0.9rem; }
th, td { padding: 7px 14px; text-align: left; border-bottom: 1px solid var(--line); font-weight: 400; }
th:first-child { padding-left: 10px; }
thead th { color: var(--quiet); font-size: 0.82rem; vertical-align: bottom; border-bottom-color: var(--quiet); }
.number { text-align: right; white-space: nowrap; }
tr.stress > * { background: var(--stress); font-weight: 600; }
@media (min-width: 700px) {
  tbody th { white-space: nowrap; }
}
@media screen and (max-width: 760px) {
  main { padding: 32px 16px 56px; }
  h1 { font-size: 1.65rem; }
  section { margin-top: 40px; }
  dl { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px 20px; }
  .figures { grid-template-columns: minmax(0, 1fr); gap: 14px; }
  figure { padding: 12px 10px 8px; }
  figure.wide svg { min-width: 640px; }
  th, td { padding: 7px 9px; }
}
@media print {
  :root { --page: #fff; --ink: #000; --quiet: #444; --line: #ccc; --figure: #fff; --stress: #f3f3f3; --accent: #000; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  nav { display: none; }
  section { margin-top: 28px; }
  h2 { break-after: avoid; }
  figure, tr, dl { break-inside: avoid; }
  figure, .table { overflow: visible; }
  figure { padding: 10px; }
  tr.stress > * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
@page { margin: 16mm; }
`;
