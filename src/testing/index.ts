// specter-runtime/testing: a whole application inside a test.
export { LeakError, MissingPackageError } from './errors.js';
export type { Leak } from './leaks.js';
export { ManualClock, type ManualClockOptions } from './manual-clock.js';
export { type Mock, mock, type Stub } from './mock.js';
export { type Override, TestApplication, TestBuilder, type TestOptions, testApplication } from './test-application.js';
