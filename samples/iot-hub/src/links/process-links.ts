// ProcessLinks: every device is a child process.
import { Service } from 'specter-runtime';
import type { Facts } from '../devices/facts.js';
import { DeviceProgram } from './device-program.js';
import { type Link, type LinkOptions, Links } from './link.js';
import { ProcessLink } from './process-link.js';

@Service()
export class ProcessLinks extends Links {
  constructor(private readonly program: DeviceProgram) {
    super();
  }

  override connect(facts: Facts, options: LinkOptions): Link {
    return new ProcessLink(this.program.args, facts, options);
  }
}
