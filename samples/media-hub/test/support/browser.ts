// Browser: a headless chromium, driven over its debugging pipe; no package is needed for that.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { until } from '../../../../test/until.js';

const ARGUMENTS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-sandbox',
  '--no-first-run',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--mute-audio',
  '--window-size=1280,860',
];

/** Where a chromium is, if there is one. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly sessionId?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

export class Browser {
  readonly #profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #listeners = new Set<(answer: Answer) => void>();
  #asked = 0;
  #rest = '';

  constructor(path: string) {
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const;
    this.#child = spawn(path, [...ARGUMENTS, `--user-data-dir=${this.#profile}`], { stdio: [...stdio] });
    const answers = this.#child.stdio[4] as Readable;
    answers.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  /** Opens a page in a window of its own: browsers hold back what hidden tabs would play. */
  async open(url: string): Promise<Tab> {
    const { targetId } = await this.ask('Target.createTarget', { url: 'about:blank', newWindow: true });
    const { sessionId } = await this.ask('Target.attachToTarget', { targetId, flatten: true });
    const tab = new Tab(this, String(sessionId));
    await tab.go(url);
    return tab;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'close');
    this.ask('Browser.close').catch(() => {});
    await ended;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async ask(method: string, params: object = {}, sessionId?: string): Promise<Record<string, unknown>> {
    const id = ++this.#asked;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    (this.#child.stdio[3] as Writable).write(
      `${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`,
    );
    const { result, error } = await answered;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  /** Calls `fn` with each event of the browser. */
  listen(fn: (answer: Answer) => void): void {
    this.#listeners.add(fn);
  }

  #take(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) this.#hear(JSON.parse(message));
  }

  #hear(answer: Answer): void {
    if (answer.id === undefined) for (const listener of this.#listeners) listener(answer);
    else this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id ?? 0);
  }
}

/** One page in the browser. */
export class Tab {
  /** What went wrong in the page: exceptions, refused loads, errors in the console. */
  readonly complaints: string[] = [];
  readonly #browser: Browser;
  readonly #session: string;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.listen((event) => event.sessionId === session && this.#listen(event));
  }

  async go(url: string): Promise<void> {
    await Promise.all([this.ask('Runtime.enable'), this.ask('Log.enable'), this.ask('Page.enable')]);
    await this.ask('Page.navigate', { url });
  }

  /** The value of an expression in the page, as if somebody had just clicked. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.ask('Runtime.evaluate', {
      expression,
      returnByValue: true,
      awaitPromise: true,
      userGesture: true,
    });
    if (exceptionDetails) throw new Error(`In the page: ${JSON.stringify(exceptionDetails)}`);
    return (result as { value: T }).value;
  }

  /** Waits until an expression in the page is true. */
  async until(expression: string, cap = 60_000): Promise<void> {
    await until(expression, () => this.value<boolean>(expression), cap);
  }

  async text(selector: string): Promise<string> {
    return this.value(`document.querySelector(${JSON.stringify(selector)}).textContent`);
  }

  async click(selector: string): Promise<void> {
    await this.until(`Boolean(document.querySelector(${JSON.stringify(selector)}))`);
    await this.value(`document.querySelector(${JSON.stringify(selector)}).click()`);
  }

  /** A PNG of what one sees. */
  async picture(): Promise<Buffer> {
    const { data } = await this.ask('Page.captureScreenshot', { format: 'png' });
    return Buffer.from(String(data), 'base64');
  }

  ask(method: string, params: object = {}): Promise<Record<string, unknown>> {
    return this.#browser.ask(method, params, this.#session);
  }

  #listen({ method, params }: Answer): void {
    if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params?.exceptionDetails));
    const entry = params?.entry as { level?: string; text?: string; url?: string } | undefined;
    if (method === 'Log.entryAdded' && entry?.level === 'error')
      this.complaints.push(`${entry.text} ${entry.url ?? ''}`);
  }
}
