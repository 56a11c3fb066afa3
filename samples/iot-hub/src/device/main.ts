// A simulated device: a program of its own that answers questions on stdin, and ends when stdin does.
import { createInterface } from 'node:readline';
import { type AnswerLine, HELLO, type QuestionLine } from './messages.js';
import { befall, type Mood } from './mood.js';

const [, , name = 'device'] = process.argv;
const LIMIT = 100;

let target = 20;
let value = target;
let silent = false;

function answer(question: QuestionLine): AnswerLine {
  const { id } = question;
  if (question.ask === 'read') return { id, value: drift() };
  if (Math.abs(question.value) > LIMIT) return { id, no: `${name} goes from -${LIMIT} to ${LIMIT}` };
  target = question.value;
  return { id, value: (value = target) };
}

/** A little noise, and back to where it should be. */
function drift(): number {
  value += (target - value) * 0.1 + Math.random() - 0.5;
  return Math.round(value * 10) / 10;
}

befall((process.env.DEVICE_MOOD ?? 'steady') as Mood, () => {
  silent = true;
});
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (!silent) console.log(JSON.stringify(answer(JSON.parse(line))));
  })
  .on('close', () => process.exit(0));
console.log(HELLO);
