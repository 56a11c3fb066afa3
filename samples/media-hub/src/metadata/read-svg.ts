// An SVG file: how large its root says that it is.
import type { Facts } from './facts.js';
import { type OpenFile } from './open-file.js';

const BEGINNING = 65_536;

export async function readSvg(file: OpenFile): Promise<Facts> {
  const [root = ''] = /<svg\s[^>]*>/.exec((await file.beginning(BEGINNING)).toString('utf8')) ?? [];
  const [, , boxWidth, boxHeight] = attribute(root, 'viewBox')
    .trim()
    .split(/[\s,]+/)
    .map(Number);
  const width = pixels(attribute(root, 'width')) ?? boxWidth;
  const height = pixels(attribute(root, 'height')) ?? boxHeight;
  return width && height ? { width, height } : {};
}

function attribute(tag: string, name: string): string {
  const [, , value = ''] = new RegExp(`\\s${name}\\s*=\\s*(["'])(.*?)\\1`).exec(tag) ?? [];
  return value;
}

/** Other units depend on the screen. */
function pixels(length: string): number | undefined {
  const [, number] = /^\s*(\d+(?:\.\d+)?)(?:px)?\s*$/.exec(length) ?? [];
  return number === undefined ? undefined : Number(number);
}
