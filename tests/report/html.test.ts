import { describe, expect, test } from '@jest/globals';
import { renderReport } from '../../src/report/html.ts';

describe('renderReport', () => {
  test('every word is escaped, wherever it stands', () => {
    const evil = `<img src=x onerror="alert('1')">&`;
    const html = renderReport({
      title: evil,
      subtitle: evil,
      facts: [[evil, evil]],
      sections: [{ title: evil, text: evil, table: { columns: [evil, evil], rows: [[evil, evil]], caption: evil } }],
    });
    expect(html).not.toContain('<img');
    // <title>, h1, subtitle, the fact twice, h2, text, caption and four cells.
    const escaped = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;';
    expect(html.split(escaped)).toHaveLength(13);
  });

  test('one file that fetches nothing and runs nothing', () => {
    const html = renderReport({ title: 'a', facts: [], sections: [{ title: 'b', text: 'c' }] });
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain('<title>a</title>');
    expect(html).toContain('name="viewport"');
    expect(html).not.toMatch(/<script|@import|src=|url\(/);
    expect(html.match(/href="[^"]*"/g)).toEqual(['href="data:,"']);
    expect(html).not.toContain('<dl>');
  });

  test('empty lines make paragraphs', () => {
    const html = renderReport({ title: 'a', facts: [], sections: [{ title: 'b', text: 'one\nstill one\n\ntwo\n' }] });
    expect(html.match(/<p>[^<]*<\/p>/g)).toEqual(['<p>one\nstill one</p>', '<p>two</p>']);
  });

  test('several sections get a list of contents whose links lead somewhere', () => {
    const html = renderReport({ title: 'a', facts: [], sections: ['x', 'y', 'z'].map((title) => ({ title })) });
    const links = [...html.matchAll(/href="#([^"]*)"/g)].map((match) => match[1]);
    expect(links).toHaveLength(3);
    for (const id of links) expect(html.split(`<section id="${id}"`)).toHaveLength(2);
  });

  test('wide figures take the width of the page', () => {
    const svg = (width: number) => `<svg viewBox="0 0 ${width} 300"></svg>`;
    const html = renderReport({ title: 'a', facts: [], sections: [{ title: 'b', figures: [svg(480), svg(1000)] }] });
    expect(html).toContain(`<figure>${svg(480)}</figure>`);
    expect(html).toContain(`<figure class="wide" tabindex="0">${svg(1000)}</figure>`);
  });
});

describe('tables', () => {
  const cellsOf = (rows: (string | number)[][], emphasis?: number[]): string[] => {
    const columns = rows[0].map((_, i) => `c${i}`);
    const html = renderReport({
      title: 'a',
      facts: [],
      sections: [{ title: 'b', table: { columns, rows, emphasis } }],
    });
    const body = html.slice(html.indexOf('<tbody>'), html.indexOf('</tbody>'));
    return body.match(/<(tr|td)[^>]*>[^<]*/g) ?? [];
  };

  test('numbers of a column share their decimals and stand right, words stand left', () => {
    expect(
      cellsOf([
        ['a', 1.07556, 12_021, '17.1 %', 'up'],
        ['b', -0.02131, 2520, '\u22123 %', '-'],
        ['c', Number.NaN, 3, '\u2013', '7'],
      ]),
    ).toEqual([
      '<tr class="stress">',
      '<td class="number">1.0756',
      '<td class="number">12,021',
      '<td class="number">17.1 %',
      '<td>up',
      '<tr>',
      '<td class="number">-0.0213',
      '<td class="number">2,520',
      '<td class="number">\u22123 %',
      '<td>-',
      '<tr>',
      '<td class="number">\u2013',
      '<td class="number">3',
      '<td class="number">\u2013',
      '<td>7',
    ]);
  });

  test('years are not split, whole numbers stay whole, the tiny keep their digits, the endless have a sign', () => {
    const values = cellsOf([
      ['a', 2024, 3, 3e-7, -Infinity, '3.2\u00b0'],
      ['b', 1999, 2.5, Infinity, 1, '25.3\u00b0'],
    ]);
    expect(
      values.filter((cell) => cell.startsWith('<td')).map((cell) => cell.replace('<td class="number">', '')),
    ).toEqual([
      ...['2024', '3', '3.00e-7', '\u2212\u221e', '3.2\u00b0'],
      ...['1999', '2.50', '\u221e', '1', '25.3\u00b0'],
    ]);
  });

  test('rows stand out as told', () => {
    const rows = [['a'], ['b'], ['c']];
    expect(cellsOf(rows, [2])).toEqual(['<tr>', '<tr>', '<tr class="stress">']);
    expect(cellsOf(rows, [])).toEqual(['<tr>', '<tr>', '<tr>']);
    expect(cellsOf([['alone']])).toEqual(['<tr>']);
  });
});
