// DeviceProgram: where the program of the simulated devices is.
import { join } from 'node:path';
import { Service } from 'specter-runtime';

@Service()
export class DeviceProgram {
  /** What stands behind `node`. */
  readonly args: readonly string[] = [join(import.meta.dirname, '..', 'device', 'main.js')];
}
