// Actions over HTTP: POST /actions/<name>, with the payload as the body and the outcome as the answer, and /actions/jobs/<id>.

import type { Context } from 'koa';
import { readJson } from '../http/body.js';
import { ClientGoneError, exchangeOf } from '../http/exchange.js';
import { limitTime } from '../http/handler-timeout.js';
import type { HttpSettings } from '../http/options.js';
import { callOf, sessionOf } from '../http/query.js';
import type { HttpServer } from '../http/server.js';
import { errorOf } from '../kernel/errors.js';
import { type Problem, ProblemError } from '../kernel/problem.js';
import type { Scope } from '../kernel/scope.js';
import type { ActionAnswer } from './answer.js';
import type { ActionRequest, ActionTable, JobRequest } from './table.js';

/** The header by which a client names its call, so that it can send it again. */
const CALL_ID = 'idempotency-key';
/** A text as structured fields of HTTP write it, which the draft of that header asks for. */
const QUOTED = /^"(.*)"$/;

/** Answers `POST /actions/<name>`, and what is asked of jobs, until `scope` closes. */
export function openHttpDoor(table: ActionTable, { routes, settings }: HttpServer, scope: Scope): void {
  const job = (ctx: Context) =>
    table.job((ctx.params as { id: string }).id, from(ctx, settings), ctx.method === 'DELETE');
  for (const verb of ['GET', 'DELETE'] as const) {
    const route = { verb, path: '/actions/jobs/:id', service: 'actions' };
    routes.serve(route, async (ctx) => write(ctx, await job(ctx)), scope);
  }
  // How long an action may take is its own to say.
  const call = limitTime(false, (ctx) => answer(table, ctx, settings));
  routes.serve({ verb: 'POST', path: '/actions/:name', service: 'actions' }, call, scope);
}

async function answer(table: ActionTable, ctx: Context, settings: HttpSettings): Promise<void> {
  const { name } = ctx.params as { name: string };
  const body = table.has(name) ? await readBody(ctx, settings) : { payload: undefined };
  write(ctx, await table.invoke(name, requestOf(ctx, settings, body)));
}

function write(ctx: Context, { status, text, headers }: ActionAnswer): void {
  ctx.status = status;
  ctx.set(headers);
  ctx.set('Content-Type', 'application/json; charset=utf-8');
  ctx.body = text;
}

type Body = Pick<ActionRequest, 'payload' | 'fault'>;

function requestOf(ctx: Context, settings: HttpSettings, body: Body): ActionRequest {
  return {
    ...body,
    ...from(ctx, settings),
    id: (ctx.req.headers[CALL_ID] as string | undefined)?.replace(QUOTED, '$1'),
    session: () => (settings.session ? sessionOf(ctx, settings) : undefined),
  };
}

function from(ctx: Context, settings: HttpSettings): JobRequest {
  return {
    caller: async () => settings.session && (await sessionOf(ctx, settings))?.id,
    call: (at) => callOf(ctx, settings, at),
    signals: () => [exchangeOf(ctx).signal],
  };
}

/** What keeps a body from being read is no answer yet: guards come first. */
async function readBody(ctx: Context, settings: HttpSettings): Promise<Body> {
  if (!hasBody(ctx)) return { payload: undefined };
  try {
    return { payload: await readJson(ctx.req, settings) };
  } catch (thrown) {
    if (thrown instanceof ClientGoneError) throw thrown;
    return { payload: undefined, fault: asPayload(errorOf(thrown)) };
  }
}

function hasBody({ req: { headers } }: Context): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The gate would find the same fault in a payload that came over a socket, and call it so. */
const FAULTS_OF_VALUES: ReadonlySet<unknown> = new Set(['SPECTER_BODY_TOO_COMPLEX', 'SPECTER_BODY_FORBIDDEN_KEY']);

function asPayload(error: Error): Error {
  if (!(error instanceof ProblemError) || !FAULTS_OF_VALUES.has(error.code)) return error;
  const problem: Problem = { ...error.problem, detail: error.message.replace('The body', 'The payload') };
  return new ProblemError(problem, { cause: error });
}
