// Health: `<path>/live` and `<path>/ready`, for whoever watches from outside.
import type { Context } from 'koa';
import { exchangeOf } from './exchange.js';

/** What the server asks the application. */
export interface HttpStatus {
  /** Whether requests are welcome: started, and not stopping. */
  ready(): boolean;
  /** How the application feels: an object with `status`, and more that is not told outside. */
  health(): Promise<unknown>;
}

const DEFAULT_PATH = '/health';

/** Where health checks are answered; nowhere when they are switched off. */
export function healthPaths(option: boolean | string = true): readonly string[] {
  if (option === false) return [];
  const path = typeof option === 'string' ? `/${option.replace(/^\/|\/$/g, '')}` : DEFAULT_PATH;
  return [`${path}/live`, `${path}/ready`];
}

/** Makes the answering of health checks; undefined when they are switched off. Nothing of the application runs before it. */
export function healthAnswers(
  option: boolean | string,
  status: HttpStatus,
): ((ctx: Context) => Promise<void> | undefined) | undefined {
  const [live, ready] = healthPaths(option);
  if (live === undefined) return undefined;
  const path = live.slice(0, -'/live'.length);
  return (ctx) => {
    const url = ctx.req.url as string;
    if (!url.startsWith(path) || (ctx.method !== 'GET' && ctx.method !== 'HEAD')) return undefined;
    if (ctx.path === live) return answer(ctx, 200, 'up');
    return ctx.path === ready ? answerReady(ctx, status) : undefined;
  };
}

/** A service that is restarting makes the application degraded, which is still ready. */
async function answerReady(ctx: Context, status: HttpStatus): Promise<void> {
  if (!status.ready()) return answer(ctx, 503, 'unready');
  const word = await feeling(status);
  return answer(ctx, word === 'down' ? 503 : 200, word);
}

async function feeling(status: HttpStatus): Promise<string> {
  try {
    const health = (await status.health()) as { status?: unknown } | undefined;
    return typeof health?.status === 'string' ? health.status : 'down';
  } catch {
    return 'down';
  }
}

/** Only the word: what each service says of itself is not for everybody. */
async function answer(ctx: Context, code: number, status: string): Promise<void> {
  exchangeOf(ctx).route = ctx.path;
  ctx.status = code;
  ctx.set('Cache-Control', 'no-store');
  ctx.body = { status };
}
