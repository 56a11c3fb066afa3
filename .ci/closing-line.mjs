// node closing-line.mjs <jest.json>: the run in one line, counted from jest's own report.
import { readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites, success } =
  JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = numPendingTests + numTodoTests;
console.log(
  `${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed${skipped ? `, ${skipped} skipped` : ''}`,
);
process.exit(success && numPassedTests > 0 ? 0 : 1);
