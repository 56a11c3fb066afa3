// Terminal: where the screen is drawn; tests have one of their own.
import { Service } from 'specter-runtime';

@Service()
export class Terminal {
  /** Whether somebody is looking at it, rather than a file or another program reading. */
  get isScreen(): boolean {
    return process.stdout.isTTY ?? false;
  }

  get columns(): number {
    return process.stdout.columns ?? 80;
  }

  get rows(): number {
    return process.stdout.rows ?? 24;
  }

  write(text: string): void {
    process.stdout.write(text);
  }
}
