// SVG as text: elements, how wide a text is, and the frame that all pictures have, light and dark.
import { printable } from './printable.js';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element; numbers are rounded, what is undefined is left out. @param children - elements, or text from `escaped` */
export function element(name: string, attributes: Attributes = {}, ...children: readonly string[]): string {
  const given = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? round(value) : escaped(value)}"`],
  );
  return children.length === 0
    ? `<${name}${given.join('')}/>`
    : `<${name}${given.join('')}>${children.join('')}</${name}>`;
}

/** A coordinate: finer than any screen, shorter than any double. */
export function round(value: number): string {
  return String(Math.round(value * 10) / 10 + 0);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text that is nothing but text in XML. */
export function escaped(text: string): string {
  return printable(text).replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
}

/** A line of text. @param attributes - `class`, `x`, `y`, ... */
export function label(text: string, attributes: Attributes): string {
  return element('text', attributes, escaped(text));
}

/** What browsers show as a tip, and readers read out. */
export function tip(text: string): string {
  return element('title', {}, escaped(text));
}

const NARROW = /[iljtfrI.,:;'|!()[\]{} ]/;
const WIDE = /[mwMW@%—]/;
const FULL = /[\u3000-\u{10ffff}]/u;

/** About how wide a text is, in pixels; rather too wide than too narrow, since fonts differ. */
export function widthOf(text: string, size: number): number {
  const ems = [...text].reduce((sum, one) => sum + emsOf(one), 0);
  return ems * size;
}

function emsOf(character: string): number {
  if (NARROW.test(character)) return 0.4;
  if (WIDE.test(character)) return 0.95;
  if (FULL.test(character)) return 1.1;
  return /[A-Z0-9]/.test(character) ? 0.69 : 0.61;
}

/** The beginning of a text, as much as fits. */
export function fitted(text: string, size: number, width: number): string {
  if (widthOf(text, size) <= width) return text;
  const characters = [...text];
  while (characters.length > 1 && widthOf(`${characters.join('')}…`, size) > width) characters.pop();
  return `${characters.join('')}…`;
}

/** What is drawn, and what it says to those who do not see it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  /** Rules of its own. */
  readonly style: string;
  readonly body: readonly string[];
}

/** A picture that needs nothing else: no font, no script, no second file. */
export function picture({ width, height, title, description, style, body }: Picture): string {
  const size = { width: Math.ceil(width), height: Math.ceil(height) };
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'specter',
      role: 'img',
      viewBox: `0 0 ${size.width} ${size.height}`,
      ...size,
    },
    `\n${tip(title)}`,
    `\n${element('desc', {}, escaped(description))}`,
    `\n${element('style', {}, `${STYLE}${style}`)}`,
    `\n${element('rect', { class: 'paper', ...size, rx: 16 })}`,
    ...body.map((part) => `\n${part}`),
    '\n',
  )}\n`;
}

const FONT = `system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans',Arial,sans-serif`;

/** Every rule is below the class of the picture, so that nothing leaks into a page that it is put into. */
const STYLE = `
.specter{--paper:#fff;--panel:#f6f8fb;--ink:#0f172a;--soft:#5b6b82;--line:#e3e8f0;--wait:#cbd5e3;--bar:#8fa3c2;--hot:#ea580c;--bad:#dc2626;\
--service:#3b82f6;--controller:#10a37a;--handler:#9b5cf6;--watcher:#0ea5c6;--config:#c99a06;--value:#8494ab;--other:#e0489b;max-width:100%;height:auto;font-family:${FONT}}
@media (prefers-color-scheme:dark){.specter{--paper:#0b1120;--panel:#121b2f;--ink:#e8eef8;--soft:#93a4be;--line:#1f2b44;--wait:#33425f;--bar:#5f79a6;--hot:#fb923c;--bad:#f8717f;\
--service:#60a5fa;--controller:#34d399;--handler:#b794ff;--watcher:#38cfe8;--config:#f2c94c;--value:#94a3b8;--other:#f47fc0}}
.specter .paper{fill:var(--paper)}
.specter text{fill:var(--ink);font-size:13px}
.specter .headline{font-size:24px;font-weight:700;letter-spacing:-.01em}
.specter .soft{fill:var(--soft)}
.specter .small{font-size:11px}
.specter .end{text-anchor:end}
.specter .middle{text-anchor:middle}
`;
