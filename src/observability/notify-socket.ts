// NotifySocket: the way to systemd's datagram socket. The only file that loads node-unix-socket or runs systemd-notify.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { errorOf, messageOf } from '../kernel/errors.js';
import { NotifyError } from './errors.js';

/** Sends one datagram at once. @throws when it did not go */
type Datagram = (text: string) => void;

/**
 * Sends messages to `NOTIFY_SOCKET`, in order: by the package when it is installed, else by systemd's command, as Node itself has
 * no unix datagram sockets. Sending neither throws nor waits.
 */
export class NotifySocket {
  readonly #datagram: Datagram | undefined;
  readonly #env: NodeJS.ProcessEnv;
  readonly #failed: (error: NotifyError) => void;
  /** What the command has to send; the first of it is under way. */
  readonly #waiting: string[] = [];

  /**
   * @param address - the value of `NOTIFY_SOCKET`
   * @param path - where the command is looked for
   */
  constructor(address: string, path: string | undefined, failed: (error: NotifyError) => void) {
    this.#datagram = datagramTo(address);
    // The command needs no more of the environment than this.
    this.#env = { ...(path !== undefined && { PATH: path }), NOTIFY_SOCKET: address };
    this.#failed = failed;
  }

  /** @param text - lines of `NAME=value` */
  send(text: string): void {
    if (this.#waiting.length > 0) return this.#queue(text);
    if (!this.#datagram) return this.#queue(text, 'the package node-unix-socket is not installed');
    try {
      this.#datagram(text);
    } catch (thrown) {
      // The command is slower, but waits for a full socket and knows abstract ones.
      this.#queue(text, `the package node-unix-socket failed (${messageOf(thrown)})`);
    }
  }

  /** @param why - what kept the faster way from taking it */
  #queue(text: string, why = ''): void {
    if (this.#waiting.indexOf(text, 1) > 0) return;
    if (this.#waiting.push(text) === 1) void this.#runAll(why);
  }

  async #runAll(why: string): Promise<void> {
    for (let text = this.#waiting[0]; text !== undefined; text = this.#waiting[0]) {
      await runCommand(text, this.#env).catch((thrown) => this.#failed(notTold(text, why, errorOf(thrown))));
      this.#waiting.shift();
    }
  }
}

/** A socket for one datagram: an open one would keep the process from ending. */
function datagramTo(address: string): Datagram | undefined {
  const sockets = load();
  if (!sockets) return undefined;
  return (text) => {
    if (!address.startsWith('/')) throw new Error('it reaches only sockets in the file system');
    const socket = new sockets.DgramSocket();
    let answer: Error | undefined | 'none' = 'none';
    try {
      const bytes = Buffer.from(text);
      socket.sendTo(bytes, 0, bytes.length, address, (error) => {
        answer = error;
      });
    } finally {
      socket.close();
    }
    // It answers at once, or keeps the datagram for later when systemd is behind; then closing has dropped it.
    if (answer === 'none') throw new Error('the socket is full');
    if (answer) throw answer;
  };
}

function load(): typeof import('node-unix-socket') | undefined {
  try {
    return createRequire(import.meta.url)('node-unix-socket');
  } catch {
    return undefined;
  }
}

/** Neither holds this process nor ends with it; it ends by itself within seconds. @throws when the message did not go */
function runCommand(text: string, env: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('systemd-notify', text.split('\n'), { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.unref();
    (child.stderr as unknown as { unref?: () => void }).unref?.();
    child.stderr.setEncoding('utf8').on('data', (part: string) => {
      said = `${said}${part}`.slice(0, 200);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`it ended with ${code ?? signal}: ${said.trim()}`));
    });
  });
}

function notTold(text: string, why: string, error: Error): NotifyError {
  const name = text.slice(0, text.indexOf('='));
  const missing = 'code' in error && error.code === 'ENOENT';
  const reasons = [why, missing ? 'there is no command systemd-notify' : `systemd-notify failed (${error.message})`];
  const next = missing
    ? 'Install one of them, "npm install node-unix-socket" for example'
    : 'See docs/systemd.md, and check that the socket of NOTIFY_SOCKET is there and may be written';
  return new NotifyError(`was not told ${name}: ${reasons.filter(Boolean).join(', and ')}`, `${next}.`, error);
}
