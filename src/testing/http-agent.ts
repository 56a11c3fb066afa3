// app.http: requests into an application, by supertest.
import { type Installed, load, type Received } from './optional-package.js';

// biome-ignore lint/suspicious/noTsIgnore: an optional package may be absent where this is compiled
/** @ts-ignore */
type Theirs = import('supertest').Agent;

/** What supertest has received. */
export interface HttpAnswer {
  readonly status: number;
  readonly ok: boolean;
  /** Parsed JSON; an empty object when it was none. */
  readonly body: Received;
  readonly text: string;
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  get(header: string): string | undefined;
}

/** A request of supertest; it is sent when it is awaited. */
export interface HttpCall extends Promise<HttpAnswer> {
  send(data?: string | object): this;
  set(field: string, value: string): this;
  set(fields: Readonly<Record<string, string>>): this;
  query(values: string | object): this;
  type(value: string): this;
  accept(value: string): this;
  auth(user: string, password: string): this;
  auth(token: string, options: { readonly type: 'bearer' }): this;
  field(name: string, value: string | number | boolean): this;
  attach(
    field: string,
    file: string | Uint8Array,
    options?: string | { filename?: string; contentType?: string },
  ): this;
  redirects(most: number): this;
  timeout(ms: number): this;
  /** Rejects unless the answer has this status, body or header, or passes the function. */
  expect(status: number, body?: unknown): this;
  expect(header: string, value: string | number | RegExp): this;
  expect(check: (answer: HttpAnswer) => unknown): this;
  expect(body: unknown): this;
}

/** As much of supertest as tests need, for where its own types are not installed. */
export interface HttpAgent {
  get(path: string): HttpCall;
  post(path: string): HttpCall;
  put(path: string): HttpCall;
  patch(path: string): HttpCall;
  delete(path: string): HttpCall;
  head(path: string): HttpCall;
  options(path: string): HttpCall;
}

/** supertest's own type where it is installed. */
export type Agent = Installed<Theirs, HttpAgent>;

/** @throws SPECTER_MISSING_PACKAGE */
export function agentOf(url: string): Agent {
  return load<(url: string) => Agent>('supertest', 'app.http')(url);
}
