// Runs the compiler once over all examples, and says where on which page an error is.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Example } from './examples.js';

const TSC = join(dirname(createRequire(__filename).resolve('typescript/package.json')), 'bin', 'tsc');
const ERROR = /^([^/(]+)\((\d+),\d+\): error (TS\d+: .*)$/;

/** One sentence for each error; none when all compile. Errors of the sources themselves are not told. */
export async function compileExamples(folder: string, examples: readonly Example[]): Promise<string[]> {
  const byFile = new Map(examples.map((example) => [example.file, example]));
  const output = await run(folder);
  return output
    .split('\n')
    .map((line) => ERROR.exec(line))
    .flatMap((found) => {
      const [, file = '', number, what] = found ?? [];
      const example = byFile.get(file);
      return example ? [`${example.lines[Number(number) - 1]?.from ?? example.title} ${what}`] : [];
    });
}

function run(folder: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [TSC, '-p', folder, '--pretty', 'false'], { cwd: folder }, (error, stdout, stderr) => {
      if (error && !stdout.includes('error TS')) reject(new Error(`tsc did not run: ${stderr || error.message}`));
      else resolve(stdout);
    });
  });
}
