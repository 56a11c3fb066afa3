// specter-runtime/testing: a whole application inside a test.
export {
  ExitError,
  LeakError,
  MissingPackageError,
  type StopFailure,
  StressError,
  UncleanStopError,
} from './errors.js';
export type { HttpAgent, HttpAnswer, HttpCall } from './http-agent.js';
export type { Leak, Owning } from './leak.js';
export { LeakCheck, type LeakCheckOptions, leakCheck, type Probe } from './leak-check.js';
export { ManualClock, type ManualClockOptions } from './manual-clock.js';
export { type Mock, type MockValues, mock, type Stub } from './mock.js';
export { type NaturalExit, type NaturalExitOptions, naturalExit } from './natural-exit.js';
export { type Startable, type StressOptions, type StressReport, startStopStress } from './stress.js';
export { type Override, TestApplication, TestBuilder, type TestOptions, testApplication } from './test-application.js';
export type { TestSocket, TestSocketOptions } from './test-socket.js';
