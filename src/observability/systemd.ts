// notifySystemd: a listener that tells systemd where the application is, and feeds its watchdog.
import { type Clock, type Release, systemClock } from '../kernel/clock.js';
import type { Events, LifecycleEvent } from '../kernel/events.js';
import { NotifyError } from './errors.js';
import { systemdWordings } from './events.js';
import { NotifySocket } from './notify-socket.js';

type Env = Readonly<Record<string, string | undefined>>;
type Tell = (text: string) => void;

/** What systemd has to know of an application, besides its events. */
export interface SystemdOptions {
  /** Whether somebody has asked for the port: ready is when that is open, then. */
  readonly opening: () => boolean;
  /** Milliseconds that the whole stop may take. */
  readonly stopTimeout: number;
  /** What the watchdog is fed by; systemd counts real time. @default the system's clock */
  readonly clock?: Clock;
}

/** What systemd says to the process that it starts. Its children are not to speak in its name. */
const VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID'] as const;
/** Milliseconds that the process may need to end after the last deadline of the stop. */
const MARGIN = 1_000;
const STATUS_LENGTH = 200;

/**
 * Tells systemd READY=1, STOPPING=1, STATUS= and WATCHDOG=1 until the application has stopped. Without `NOTIFY_SOCKET` it does
 * nothing. What cannot be told is one event, and never a failure.
 *
 * @returns ends it, and gives the variables back to the environment
 */
export function notifySystemd(events: Events, env: Env, options: SystemdOptions): Release {
  if (!env.NOTIFY_SOCKET) return () => {};
  events.word(systemdWordings);
  const failed = (error: NotifyError) => events.emit('notify-failed', { error });
  const socket = new NotifySocket(env.NOTIFY_SOCKET, env.PATH, once(failed));
  const tell = (text: string) => socket.send(text);
  const fed = isOwnWatchdog(env, failed) ? feed(env, tell, options.clock) : () => {};
  const releases = [takeVariables(env), follow(events, options, tell), fed];
  const release = () => {
    for (const one of releases.splice(0)) one();
  };
  releases.push(events.on('app-stopped', release));
  return release;
}

/** Takes what systemd has said out of this process's environment, which children inherit. */
function takeVariables(env: Env): Release {
  const taken = VARIABLES.flatMap((name) => {
    const value = process.env[name];
    return value !== undefined && value === env[name] ? [[name, value] as const] : [];
  });
  for (const [name] of taken) delete process.env[name];
  return () => {
    for (const [name, value] of taken) process.env[name] ??= value;
  };
}

/** Turns events into messages. */
function follow(events: Events, { opening, stopTimeout, clock = systemClock }: SystemdOptions, tell: Tell): Release {
  const progress = new Progress(tell);
  const textOf = (event: LifecycleEvent) => events.wordingOf(event).text;
  let releaseTurn: Release = () => {};
  const releases = [
    events.on('app-starting', (event) => progress.at(textOf(event))),
    events.on('start-failed', (event) => progress.at(textOf(event))),
    events.on('restarting', (event) => progress.at(textOf(event))),
    events.on('restarted', (event) => progress.at(textOf(event))),
    events.on('app-ready', (event) => {
      progress.started(textOf(event));
      // A listen() right after the start is called within this turn; who has not called it by then may never do so.
      releaseTurn = clock.setTimeout(() => opening() || progress.ready(), 0);
    }),
    events.on('http-listening', (event) => progress.ready(`, ${textOf(event).replace('Listening', 'listening')}`)),
    events.on('app-crashed', (event) => progress.crashed(textOf(event))),
    events.on('app-draining', (event) => progress.stopping(textOf(event), stopTimeout + MARGIN)),
    () => releaseTurn(),
  ];
  return () => {
    for (const release of releases) release();
  };
}

/** Where the application is, as systemd shall see it: ready once, stopping once. */
class Progress {
  readonly #tell: Tell;
  #phase: 'starting' | 'ready' | 'stopping' = 'starting';
  #started = '';
  #hasCrashed = false;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  at(text: string): void {
    this.#tell(statusOf(text));
  }

  started(text: string): void {
    this.#started = text;
  }

  ready(more = ''): void {
    const status = statusOf(`${this.#started}${more}`);
    if (this.#phase === 'starting') this.#tell(`READY=1\n${status}`);
    else if (more !== '') this.#tell(status);
    if (this.#phase === 'starting') this.#phase = 'ready';
  }

  crashed(text: string): void {
    this.#hasCrashed = true;
    this.at(text);
  }

  /** @param ms - how long systemd shall wait before it kills, when its own TimeoutStopSec= is less */
  stopping(text: string, ms: number): void {
    this.#phase = 'stopping';
    const status = this.#hasCrashed ? [] : [statusOf(text)];
    this.#tell(['STOPPING=1', ...status, `EXTEND_TIMEOUT_USEC=${ms * 1_000}`].join('\n'));
  }
}

/** One line: a line break in an error's message would be another message to systemd. */
function statusOf(text: string): string {
  return `STATUS=${text.replace(/\p{Cc}+/gu, ' ').slice(0, STATUS_LENGTH)}`;
}

/** Feeds the watchdog at half its time, from the event loop: a loop that is blocked, or behind, feeds nobody. */
function feed(env: Env, tell: Tell, clock: Clock = systemClock): Release {
  const half = Number(env.WATCHDOG_USEC) / 2_000;
  if (!(half > 0 && Number.isFinite(half))) return () => {};
  let release: Release = () => {};
  const arm = () => {
    release = clock.setTimeout(() => {
      tell('WATCHDOG=1');
      arm();
    }, half);
  };
  arm();
  return () => release();
}

/** A process between systemd and this one is watched instead, and systemd would kill it in vain. */
function isOwnWatchdog({ WATCHDOG_USEC, WATCHDOG_PID }: Env, failed: (error: NotifyError) => void): boolean {
  if (!WATCHDOG_USEC || !WATCHDOG_PID || Number(WATCHDOG_PID) === process.pid) return true;
  const what = `watches process ${Number(WATCHDOG_PID)}, and this is process ${process.pid}: its watchdog is not fed`;
  failed(new NotifyError(what, 'Let ExecStart= run node itself, without npm or a shell around it.'));
  return false;
}

function once<T>(fn: (value: T) => void): (value: T) => void {
  let called = false;
  return (value) => {
    if (!called) fn(value);
    called = true;
  };
}
