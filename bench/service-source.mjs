// The source of many classes that ask for each other, as tsc would have written it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bench } from './environment.mjs';

const DECORATE = `const decorate = (decorators, target) => decorators.reduceRight((so, decorator) => decorator(so) ?? so, target);
const types = (list) => (target) => Reflect.defineMetadata('design:paramtypes', list, target);
`;

/** What differs between the programs: how a class is tagged and what its start is called. */
const FLAVOURS = {
  specter: { head: `import { Service as tag } from 'specter-runtime';\n${DECORATE}`, start: 'onStart' },
  nest: {
    head: `import 'reflect-metadata';\nimport { Injectable as tag } from '@nestjs/common';\n${DECORATE}`,
    start: 'onModuleInit',
  },
  tsyringe: {
    head: `import 'reflect-metadata';\nimport { singleton as tag } from 'tsyringe';\n${DECORATE}`,
    start: 'start',
  },
  'by-hand': { head: '', start: 'start' },
};

/** A tree: class i asks for classes 2i+1 and 2i+2. */
export function treeOf(count) {
  const needs = Array.from({ length: count }, (_, at) => [2 * at + 1, 2 * at + 2].filter((needed) => needed < count));
  return { name: `tree-${count}`, needs };
}

/** Layers of equal width: each class asks for three of the layer below, which comes after it. Each start sleeps, if at all, 20 to 39 ms. */
export function layersOf(count, depth, { sleeping = false } = {}) {
  const width = count / depth;
  const below = (at) => new Set([0, 1, 7].map((step) => (Math.floor(at / width) + 1) * width + ((at + step) % width)));
  const needs = Array.from({ length: count }, (_, at) => [...below(at)].filter((needed) => needed < count));
  const sleeps = sleeping ? needs.map((_, at) => 20 + ((at * 7919) % 20)) : undefined;
  return { name: `layers-${count}${sleeping ? '-sleeping' : ''}`, needs, sleeps };
}

/** Milliseconds of the longest way through a graph, and of all its sleeps one after the other. */
export function pathOf({ needs, sleeps }) {
  const ends = [];
  for (let at = needs.length - 1; at >= 0; at--)
    ends[at] = sleeps[at] + Math.max(0, ...needs[at].map((needed) => ends[needed]));
  return { longest: Math.max(...ends), sum: sleeps.reduce((sum, sleep) => sum + sleep, 0) };
}

/** Writes the module and gives its path. It exports `services`, `needs` (indexes) and `started()`: how many starts came to their end. */
export function writeServices(flavour, graph) {
  const { needs, sleeps } = graph;
  const { head, start } = FLAVOURS[flavour];
  const names = needs.map((_, at) => `Service${at}`);
  const classes = needs.map((needed, at) => classOf(at, { needed, start, sleep: sleeps?.[at], tagged: head !== '' }));
  const file = join(bench, 'build', 'services', `${flavour}-${graph.name}.js`);
  const tail = [
    `export const services = [${names.join(', ')}];`,
    `export const needs = ${JSON.stringify(needs)};`,
    'export const started = () => begun;',
  ];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, [head, 'let begun = 0;', ...classes.reverse(), ...tail, ''].join('\n'));
  return file;
}

function classOf(index, { needed, start, sleep, tagged }) {
  const name = `Service${index}`;
  const fields = needed.map((one) => `part${one}`);
  const take = fields.map((field) => `this.${field} = ${field};`).join(' ');
  const run = sleep ? `return new Promise((done) => setTimeout(() => { begun++; done(); }, ${sleep}));` : 'begun++;';
  const body = `class ${name} { constructor(${fields.join(', ')}) { ${take} } ${start}() { ${run} } }`;
  if (!tagged) return body;
  const list = needed.map((one) => `Service${one}`);
  return `let ${name} = ${body};\n${name} = decorate([tag(), types([${list.join(', ')}])], ${name});`;
}
