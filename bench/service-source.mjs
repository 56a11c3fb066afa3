// The source of many classes that form a tree: class i asks for classes 2i+1 and 2i+2. As tsc would have written it.
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

/** Writes the module and gives its path. It exports `services`, `needs` (indexes) and `started()`. */
export function writeServices(flavour, count) {
  const { head, start } = FLAVOURS[flavour];
  const classes = Array.from({ length: count }, (_, at) =>
    classOf(count - 1 - at, { count, start, tagged: head !== '' }),
  );
  const names = Array.from({ length: count }, (_, at) => `Service${at}`);
  const needs = names.map((_, at) => needsOf(at, count));
  const file = join(bench, 'build', 'services', `${flavour}-${count}.js`);
  const tail = [
    `export const services = [${names.join(', ')}];`,
    `export const needs = ${JSON.stringify(needs)};`,
    'export const started = () => begun;',
  ];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, [head, 'let begun = 0;', ...classes, ...tail, ''].join('\n'));
  return file;
}

const needsOf = (index, count) => [2 * index + 1, 2 * index + 2].filter((needed) => needed < count);

function classOf(index, { count, start, tagged }) {
  const name = `Service${index}`;
  const fields = needsOf(index, count).map((needed) => `part${needed}`);
  const take = fields.map((field) => `this.${field} = ${field};`).join(' ');
  const body = `class ${name} { constructor(${fields.join(', ')}) { ${take} } ${start}() { begun++; } }`;
  if (!tagged) return body;
  const list = needsOf(index, count).map((needed) => `Service${needed}`);
  return `let ${name} = ${body};\n${name} = decorate([tag(), types([${list.join(', ')}])], ${name});`;
}
