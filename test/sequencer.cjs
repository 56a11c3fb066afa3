// The order of the test files: those that take long come first, so that in the end no worker is alone with one of them.
const { default: Sequencer } = require('@jest/test-sequencer');

/** In a fresh clone jest has measured nothing yet, and would take the length of a file for its time. */
const LONG = [
  'test/cycles',
  'test/load',
  'test/signals',
  'test/crash',
  'test/sockets/flood',
  'test/samples',
  'samples/media-hub/test/e2e',
  'samples/iot-hub/test/processes',
  'samples/iot-hub/test/week',
  'samples/media-hub/test/browser',
  'test/observability/systemd',
  'test/natural-exit',
  'test/process/orphans',
  'test/testing/unstopped',
  'test/testing/optional-packages',
  'test/queue/queue',
  'test/laws/law-2-order',
];

module.exports = class extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.some(({ duration }) => duration !== undefined)) return sorted;
    const isLong = ({ path }) => LONG.some((name) => path.endsWith(`/${name}.test.ts`));
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))];
  }
};
