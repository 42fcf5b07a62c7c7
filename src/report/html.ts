import { escapeHtml } from './escape.ts';
import { PAGE_STYLE } from './page-style.ts';
import { renderTable } from './table.ts';
import type { Report, ReportSection } from './types.ts';

/**
 * The report as one HTML file: no scripts, nothing fetched, readable offline, on a phone, in the dark and on paper.
 * All words are escaped; figures are put in as they are.
 */
export function renderReport({ title, subtitle, facts, sections }: Report): string {
  const head = [
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="generator" content="Upslope">',
    `<title>${escapeHtml(title)}</title>`,
    '<link rel="icon" href="data:,">',
    `<style>${PAGE_STYLE}</style>`,
  ];
  const opening = [
    '<header>',
    `<h1>${escapeHtml(title)}</h1>`,
    subtitle ? `<p class="subtitle">${escapeHtml(subtitle)}</p>` : '',
    facts.length > 0 ? `<dl>\n${facts.map(renderFact).join('\n')}\n</dl>` : '',
    sections.length > 2 ? renderContents(sections) : '',
    '</header>',
  ];
  const lines = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    ...head,
    '</head>',
    '<body>',
    '<main>',
    ...opening.filter(Boolean),
    ...sections.map(renderSection),
    '</main>',
    '</body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

function renderFact([label, value]: readonly [string, string]): string {
  return `<div><dt>${escapeHtml(label)}</dt><dd>${escapeHtml(value)}</dd></div>`;
}

function renderContents(sections: readonly ReportSection[]): string {
  const links = sections.map(({ title }, i) => `<a href="#section-${i + 1}">${escapeHtml(title)}</a>`);
  return `<nav aria-label="Contents">\n${links.join('\n')}\n</nav>`;
}

function renderSection({ title, formula, text, figures = [], table }: ReportSection, index: number): string {
  const paragraphs = (text ?? '').split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== '');
  const id = `section-${index + 1}`;
  return [
    `<section id="${id}" aria-labelledby="${id}-title">`,
    `<h2 id="${id}-title">${escapeHtml(title)}</h2>`,
    formula ? `<pre tabindex="0">${escapeHtml(formula.trim())}</pre>` : '',
    ...paragraphs.map((paragraph) => `<p>${escapeHtml(paragraph.trim())}</p>`),
    figures.length > 0 ? `<div class="figures">\n${figures.map(renderFigure).join('\n')}\n</div>` : '',
    table ? renderTable(table) : '',
    '</section>',
  ]
    .filter(Boolean)
    .join('\n');
}

function renderFigure(svg: string): string {
  const width = Number(/viewBox="0 0 ([\d.]+)/.exec(svg)?.[1] ?? 0);
  // On a phone a wide figure scrolls within its card, which the keyboard must be able to reach.
  return width > 720 ? `<figure class="wide" tabindex="0">${svg}</figure>` : `<figure>${svg}</figure>`;
}
