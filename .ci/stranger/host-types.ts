// Compiled, never run: the types that the package gives out are the host's own.
import { setTimeout as sleep } from 'node:timers/promises';
import { Lifecycle, Scope } from 'specter-runtime';

export class Download extends Lifecycle {
  protected async onStart(): Promise<void> {
    const signal: AbortSignal = this.signal;
    const either = AbortSignal.any([signal, AbortSignal.timeout(1000)]);
    await fetch('http://127.0.0.1/', { signal: either });
    await sleep(1, undefined, { signal: this.signal });
    this.spawn((stopping: AbortSignal) => fetch('http://127.0.0.1/', { signal: stopping }));
  }
}

export async function closes(scope: Scope): Promise<AbortSignal> {
  scope.addCleanup(() => undefined);
  await scope.close();
  return scope.signal;
}
