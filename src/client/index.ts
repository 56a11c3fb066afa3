// specter-runtime/client: calls a server's actions, from Node or a browser.

export type { OutcomeJson } from '../kernel/outcome.js';
export type { Fault, Problem } from '../kernel/problem.js';
export type { ActionsOf, AnyActions, Jsonify, PayloadOf, ResultOf } from './actions.js';
export { type CallOptions, type Client, type ClientOptions, createClient, type DeferCallOptions } from './client.js';
export { NotDeferredError, UnreachableError } from './errors.js';
export type { FetchLike } from './http-transport.js';
export type { ActionJob, ActionProgress, ProgressListener } from './job.js';
export { Outcome } from './outcome.js';
export type { ClientSocket } from './socket-transport.js';
