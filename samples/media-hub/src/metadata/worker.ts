// The program that looks into files: a question on a line of stdin, its answer on a line of stdout. It ends when stdin does.
import { createInterface } from 'node:readline';
import { readingTrouble } from '../library/reading-trouble.js';
import { type Answer, type Question, READY } from './exchange.js';
import { lookInto } from './look-into.js';

async function answer({ id, path }: Question): Promise<Answer> {
  try {
    return { id, facts: await lookInto(path) };
  } catch (error) {
    return { id, trouble: readingTrouble(error) };
  }
}

console.log(READY);
for await (const line of createInterface({ input: process.stdin }))
  console.log(JSON.stringify(await answer(JSON.parse(line))));
