// The failures of the testing kit.
import { SpecterError } from '../kernel/errors.js';
import type { Leak } from './leaks.js';

/** After the stop something was still open. */
export class LeakError extends SpecterError {
  readonly leaks: readonly Leak[];

  constructor(leaks: readonly Leak[]) {
    const lines = leaks.map(({ kind, label, place }) => `  - ${kind} ${label}${place ? `, made at ${place}` : ''}`);
    super(
      'SPECTER_LEAK',
      `${leaks.length} thing(s) outlived app.stop():\n${lines.join('\n')}\nOwn them where they are opened: this.own(...), this.interval(...), this.listen(...).`,
    );
    this.leaks = leaks;
  }
}

/** A part of the kit needs a package that is not installed. */
export class MissingPackageError extends SpecterError {
  constructor(what: string, packageName: string, cause: unknown) {
    super(
      'SPECTER_MISSING_PACKAGE',
      `${what} needs the package ${packageName}. Install it: npm install --save-dev ${packageName}`,
      { cause },
    );
  }
}
