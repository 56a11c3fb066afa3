// A strict reader of XML, as far as pictures use it: whatever it does not know is an error.

/** One element with what is in it. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** All text below, entities resolved. */
  readonly text: string;
}

const NAME = '[A-Za-z_][\\w:.-]*';
const TEXT = '(?:[^<>&"]|&(?:amp|lt|gt|quot);)*';
const OPEN = new RegExp(`^<(${NAME})((?: ${NAME}="${TEXT}")*)(/?)>$`);
const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' };
// What XML 1.0 forbids, and what a picture has no use for.
const FORBIDDEN = /[^\P{Cc}\n]|\p{Cs}|[\ufffe\uffff]/u;

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: Element[];
  text: string;
}

/** The one element of a document. @throws at the first mistake */
export function readXml(document: string): Element {
  if (FORBIDDEN.test(document)) throw new Error('There is a character that XML forbids');
  const root: Open = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  for (const piece of document.match(/<[^>]*>|[^<]+/g) ?? []) take(piece, open);
  if (open.length !== 1) throw new Error(`<${open.at(-1)?.name}> is not closed`);
  if (root.children.length !== 1) throw new Error('There is more than one element');
  return root.children[0] as Element;
}

function take(piece: string, open: Open[]): void {
  const inner = open.at(-1) as Open;
  if (!piece.startsWith('<')) {
    if (!/^(?:[^<>&]|&(?:amp|lt|gt|quot);)*$/.test(piece)) throw new Error(`Not escaped: ${piece}`);
    if (open.length === 1 && piece.trim() !== '') throw new Error(`Outside of all elements: ${piece}`);
    for (const one of open) one.text += resolved(piece);
  } else if (piece.startsWith('</')) {
    if (piece !== `</${inner.name}>` || open.length < 2) throw new Error(`${piece} closes <${inner.name}>`);
    open.pop();
    open.at(-1)?.children.push(inner);
  } else {
    const element = opened(piece);
    if (piece.endsWith('/>')) inner.children.push(element);
    else open.push(element);
  }
}

function opened(piece: string): Open {
  const [, name, list = ''] = OPEN.exec(piece) ?? [];
  if (!name) throw new Error(`No element: ${piece}`);
  const attributes: Record<string, string> = {};
  for (const [, key = '', value = ''] of list.matchAll(/ ([\w:.-]+)="([^"]*)"/g)) {
    if (key in attributes) throw new Error(`Twice: ${key} in ${piece}`);
    attributes[key] = resolved(value);
  }
  return { name, attributes, children: [], text: '' };
}

function resolved(text: string): string {
  return text.replace(/&(\w+);/g, (_, name: string) => ENTITIES[name] ?? '');
}

/** An element and all below it. */
export function allOf(element: Element): Element[] {
  return [element, ...element.children.flatMap(allOf)];
}
