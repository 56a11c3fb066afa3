// Every raw handle, unref'd ones too, from its making until its release, with the file and line that made it.
import { createHook, executionAsyncId } from 'node:async_hooks';
import type { Leak } from './leak.js';
import { isMadeByUs, makersOf, trace, userPlace } from './place.js';

/** Kinds of raw handles that live until somebody closes them. */
const KINDS: Readonly<Record<string, string>> = {
  Timeout: 'timer',
  TCPSERVERWRAP: 'server',
  PIPESERVERWRAP: 'server',
  TCPWRAP: 'socket',
  PIPEWRAP: 'pipe',
  UDPWRAP: 'socket',
  PROCESSWRAP: 'process',
  FSEVENTWRAP: 'watcher',
  STATWATCHER: 'watcher',
  WORKER: 'worker',
  MESSAGEPORT: 'port',
  FILEHANDLE: 'file',
};

/** Node's modules through which a user's own timer is made; a timer of any other module is that module's affair. */
const TIMERS = ['node:timers', 'node:internal/timers', 'node:timers/promises'];
/** Who keeps connections for the next request, and closes them by itself when none comes. */
const POOLS = ['node:_http_agent', 'node:internal/deps/undici/undici'];

/** What Node gives for a handle; each kind has only some of it. */
interface Resource {
  hasRef?(): boolean;
  readonly callback?: { readonly name?: string };
  readonly fd?: number;
  readonly promise?: Promise<unknown>;
  readonly pid?: number;
}

/** Who made something, and whether that counts. */
interface Origin {
  readonly trace: Error;
  readonly counts: boolean;
}

interface Handle extends Origin {
  readonly type: string;
  readonly resource: WeakRef<Resource>;
}

/** A handle that is open, and where it was made. */
export interface OpenHandle {
  readonly leak: Leak;
  /** Whether it was made by somebody whose doings count from the start. */
  readonly counts: boolean;
}

/** Follows raw handles. */
export class Handles {
  readonly #open = new Map<number, Handle>();
  /** Files that were opened, by what Node gave for them: their making has no stack of its own. */
  readonly #opened = new WeakMap<object, Origin>();
  /** Servers whose host is being looked up, after which they are made without a stack of their own. */
  readonly #listening = new Map<number, Origin>();
  readonly #counts: () => boolean;
  readonly #hook = createHook({
    init: (id, type, _, resource) => this.#made(id, type, resource as Resource),
    destroy: (id) => {
      this.#open.delete(id);
      this.#listening.delete(id);
    },
  });

  /** @param counts - asked at the making of each: whether it is the application's doing */
  constructor(counts: () => boolean) {
    this.#counts = counts;
    this.#hook.enable();
  }

  /** All that are open and were made on a line of the user's, and the framework's own processes: each should have had an owner. */
  get open(): readonly OpenHandle[] {
    return [...this.#open.values()].flatMap((handle) => {
      const { trace: made, counts } = this.#originOf(handle);
      const stack = made.stack ?? '';
      const place = userPlace(stack);
      if (handle.type === 'PROCESSWRAP' && isMadeByUs(stack))
        return [{ leak: { kind: 'process', label: `${commandOf(handle)} has no owner`, place }, counts }];
      if (place === undefined || isHarmless(handle, stack)) return [];
      const kind = KINDS[handle.type] ?? handle.type;
      return [{ leak: { kind, label: 'made behind the framework', place }, counts }];
    });
  }

  /** How many connections wait in a pool for the next request. */
  get pooled(): number {
    return [...this.#open.values()].filter((handle) => isPooled(handle, handle.trace.stack ?? '')).length;
  }

  /** Stops following. */
  close(): void {
    this.#hook.disable();
    this.#open.clear();
  }

  #made(id: number, type: string, resource: Resource): void {
    const isLookup = type === 'GETADDRINFOREQWRAP' || resource.callback?.name === 'doListen';
    if (KINDS[type] === undefined && type !== 'FSREQPROMISE' && !isLookup) return;
    const origin = { trace: trace(), counts: this.#counts() };
    if (isLookup) this.#listening.set(id, origin);
    else if (type === 'FSREQPROMISE') this.#asked(resource, origin);
    else {
      const before = type.includes('SERVER') ? this.#listening.get(executionAsyncId()) : undefined;
      this.#open.set(id, { type, ...(before ?? origin), resource: new WeakRef(resource) });
    }
  }

  /** A request to the file system; its promise comes into being after this call, and what it gives may be a file. */
  #asked(request: Resource, origin: Origin): void {
    // A trace that nobody has read keeps alive whatever was on the stack, and a file is only forgotten by the collector.
    void origin.trace.stack;
    const took = (given: unknown) => {
      if (typeof given === 'object' && given !== null && 'fd' in given) this.#opened.set(given, origin);
    };
    queueMicrotask(() => void request.promise?.then(took, () => {}));
  }

  #originOf(handle: Handle): Origin {
    const resource = handle.resource.deref();
    return (resource && this.#opened.get(resource)) ?? handle;
  }
}

/** A process is started steps after the line that asked for it, so its command must tell which it is. Its arguments may be secret. */
function commandOf({ resource }: Handle): string {
  const found = resource.deref() as (Resource & Record<symbol, { readonly spawnfile?: string }>) | undefined;
  const key = Object.getOwnPropertySymbols(found ?? {}).find(({ description }) => description === 'owner_symbol');
  const { spawnfile = 'a process' } = (key && found?.[key]) ?? {};
  return `"${spawnfile}", pid ${found?.pid},`;
}

/** Closed without Node having said so, or somebody else's to close. */
function isHarmless(handle: Handle, stack: string): boolean {
  if (handle.type === 'FILEHANDLE') return (handle.resource.deref()?.fd ?? -1) < 0;
  const makers = makersOf(stack);
  if (handle.type === 'Timeout') return makers.some((maker) => !TIMERS.includes(maker));
  if (handle.type === 'MESSAGEPORT') return makers.some((maker) => maker !== 'node:internal/worker/io');
  if (makers.some((maker) => maker.startsWith('node:internal/bootstrap/'))) return true;
  return isPooled(handle, stack);
}

function isPooled({ type, resource }: Handle, stack: string): boolean {
  if (type !== 'TCPWRAP' && type !== 'PIPEWRAP') return false;
  return resource.deref()?.hasRef?.() === false && makersOf(stack).some((maker) => POOLS.includes(maker));
}
