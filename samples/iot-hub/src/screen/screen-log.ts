// ScreenLog: a logger whose lines go to the screen while that is drawn, and to standard error before and after.
import type { Logger, Release } from 'specter-runtime';

const KEPT = 5;

export class ScreenLog implements Logger {
  readonly warn = this.#writer('warn');
  readonly error = this.#writer('error');
  readonly fatal = this.#writer('fatal');
  #drawn = false;
  #lines: string[] = [];

  trace(): void {}
  debug(): void {}

  /** Nothing that the screen would not show anyway. */
  info(_fields: object, text: string): void {
    if (!this.#drawn) process.stderr.write(`info  ${text}\n`);
  }

  /** The latest lines. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** From now on lines are only kept, until that is released. */
  hold(): Release {
    this.#drawn = true;
    return () => {
      this.#drawn = false;
    };
  }

  #writer(level: string) {
    return (_fields: object, text: string): void => {
      const [first = ''] = text.split('\n');
      this.#lines = [...this.#lines, `${level.padEnd(5)} ${first}`].slice(-KEPT);
      if (!this.#drawn) process.stderr.write(`${level.padEnd(5)} ${text}\n`);
    };
  }
}
