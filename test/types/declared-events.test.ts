// A program that has declared its events: what must not compile in it does not, and the sample that declares some still does.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const TSC = join(dirname(createRequire(__filename).resolve('typescript/package.json')), 'bin', 'tsc');

// Teeth: with any string as the name of an event, each misspelt one is an unused expectation of an error (tried).
test('a name that nobody has declared does not compile, unless only the run time knows it', async () => {
  const output = await new Promise((resolve) => {
    const project = join(__dirname, 'declared-events');
    execFile(process.execPath, [TSC, '-p', project, '--pretty', 'false'], (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  expect(output).toBe('');
}, 120_000);
