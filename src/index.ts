// specter-runtime: what a server imports.
export { Action, type ActionOptions } from './actions/action.js';
export type { DeferOptions } from './actions/defer.js';
export type { ActionJobView } from './actions/jobs.js';
export { Progress, type Report } from './actions/progress.js';
export type { ReplayOptions } from './actions/replays.js';
export { Config, ConfigError, type ConfigOptions } from './app/config.js';
export { Cron, type CronOptions } from './app/cron.js';
export { Interval, Listen, Observe, Poll, Stream, Timeout, Watcher } from './app/declared.js';
export { BootError } from './app/errors.js';
export { Inject, InjectAll, type InjectOptions, inject, injectAll } from './app/inject.js';
export { type DynamicModule, Module, type ModuleOptions } from './app/module.js';
export { type AnyProvider, type Provider, provide } from './app/provider.js';
export type { Parts, Role, RoleOptions } from './app/role.js';
export { Service } from './app/service.js';
export {
  type ClassTag,
  type Member,
  type MethodTag,
  membersOf,
  note,
  noteParameter,
  type ParameterTag,
  tag,
} from './app/tags.js';
export { Application, bootstrap, createApplication } from './application.js';
export type { CompressionOptions } from './http/compression.js';
export {
  All,
  Controller,
  type ControllerOptions,
  Delete,
  Get,
  Head,
  Options,
  Patch,
  Post,
  Put,
} from './http/controller.js';
export type { CorsOptions } from './http/cors.js';
export {
  BadRequest,
  Conflict,
  Forbidden,
  Gone,
  HttpError,
  type HttpErrorOptions,
  NotFound,
  PayloadTooLarge,
  TooManyRequests,
  Unauthorized,
  Unavailable,
  Unprocessable,
  UnsupportedMediaType,
} from './http/errors.js';
export { type FileOptions, FileReply, file } from './http/file.js';
export {
  type Call,
  Guard,
  type GuardFunction,
  type Guarding,
  type GuardLike,
  type SessionData,
  type SessionTypes,
} from './http/guard.js';
export { HandlerTimeout } from './http/handler-timeout.js';
export { type Intercepting, type MiddlewareFunction, type MiddlewareLike, Use } from './http/middleware.js';
export type { HttpOptions } from './http/options.js';
export {
  Body,
  type BodyAccept,
  type BodyOptions,
  Cookie,
  type CookieOptions,
  Ctx,
  Headers,
  Param,
  Query,
  Session,
  Signal,
} from './http/parameters.js';
export { SetHeader, Status } from './http/plan.js';
export type { TrustProxy } from './http/proxy.js';
export { RedirectReply, redirect } from './http/redirect.js';
export { RequestContext } from './http/request-context.js';
export type { SecurityHeaders } from './http/security-headers.js';
export { type Address, HttpServer } from './http/server.js';
export type { ServerSentEvent } from './http/server-sent.js';
export { Version } from './http/versions.js';
export type { BackoffOptions } from './kernel/backoff.js';
export { batch } from './kernel/batch.js';
export { Bus, type BusData, type BusEvents } from './kernel/bus.js';
export { type Cache, createCache, createKeyedCache, type KeyedCache } from './kernel/cache.js';
export { Clock, type Release } from './kernel/clock.js';
export { type CreateWatcherOptions, createWatcher } from './kernel/create-watcher.js';
export { type ErrorCode, SpecterError, WaitTimeoutError } from './kernel/errors.js';
export { Events, type LifecycleEvent, type LifecycleEventMap, type LifecycleEventType } from './kernel/events.js';
export type { Health } from './kernel/health.js';
export type { CacheOptions, KeyedCacheOptions } from './kernel/invalidating.js';
export { Lifecycle, type LifecycleOptions } from './kernel/lifecycle.js';
export type { ListenOptions, WaitOptions } from './kernel/listen-options.js';
export { createModel, type Model, type ModelOptions } from './kernel/model.js';
export { Operation, OperationError, type OperationErrorOptions } from './kernel/operation.js';
export { Outcome, type OutcomeJson } from './kernel/outcome.js';
export type { PersistOptions } from './kernel/persistence.js';
export type { Fault, Problem } from './kernel/problem.js';
export { ProblemError } from './kernel/problem.js';
export { Registry } from './kernel/registry.js';
export type { RestartOptions } from './kernel/restart-budget.js';
export { type Owner, type OwnershipNode, Scope } from './kernel/scope.js';
export { createSelector, type Selector } from './kernel/selector.js';
export { createStore, type Store, type StoreOptions } from './kernel/store.js';
export type { BusEvent, StreamOptions } from './kernel/stream.js';
export type { SpawnOptions, Task } from './kernel/task.js';
export { type AbstractClass, type Class, type Token, type TypedToken, token } from './kernel/token.js';
export type { Values, ValuesOptions } from './kernel/values.js';
export { Watch, type WatchSubscription } from './kernel/watch.js';
export { type Unchanged, unchanged, type WatchOptions } from './kernel/watch-source.js';
export type { Graph } from './observability/graph.js';
export type { ApplicationHealth } from './observability/health.js';
export type { Logger } from './observability/logger.js';
export type { TimelineReport } from './observability/timeline.js';
export type { OwnershipTree } from './observability/tree.js';
export type { ApplicationOptions } from './options.js';
export { type ProcessExit, ProcessExitError, SpawnError } from './process/errors.js';
export type { LineInfo } from './process/lines.js';
export { createProcess, type ManagedProcess } from './process/managed-process.js';
export type { ProcessOptions, ProcessRestart, Readiness } from './process/options.js';
export { startProcess } from './process/start-process.js';
export type { FollowedLine, ListenOptions as ProcessListenOptions, OutputName } from './process/streams.js';
export type { ProcessEnd, ProcessReady } from './process/turns.js';
export type { JobFilter, JobProgress, JobState } from './queue/backend.js';
export { NoRetryError } from './queue/errors.js';
export type { JobChange } from './queue/events.js';
export type { EnqueueOptions } from './queue/intake.js';
export type { Job } from './queue/job.js';
export type { Retention } from './queue/memory-entries.js';
export { Queue, type QueueOptions } from './queue/queue.js';
export { QueueService } from './queue/queue-service.js';
export { Socket } from './sockets/arguments.js';
export type { Audience } from './sockets/audience.js';
export type { SocketCall } from './sockets/call.js';
export { Handler, type HandlerOptions, On, type OnOptions, Topic } from './sockets/handler.js';
export { SocketIngress, type SubscribeOptions } from './sockets/ingress.js';
export type { Handshake, SocketOptions } from './sockets/options.js';
export { Presence, type PresenceChange, type PresenceListener, type PresenceOptions } from './sockets/presence.js';
export type { SessionRef } from './sockets/rooms.js';
export { type RequestOptions, Sockets } from './sockets/sender.js';
export { SocketServer } from './sockets/server.js';
export type { SocketAnswer, SocketData, SocketEvents } from './sockets/socket-events.js';
export type { OwnLimits, SocketListener } from './sockets/subscriptions.js';
export type { Rate } from './sockets/throttle.js';
export { type CommandLinesOptions, commandLines } from './sources/command-lines.js';
export { type PollUrlOptions, pollUrl } from './sources/poll-url.js';
export type { Source } from './sources/source.js';
export { type TailFileOptions, tailFile } from './sources/tail-file.js';
export { type FileChange, type WatchFilesOptions, watchFiles } from './sources/watch-files.js';
export { Storage } from './storage/database.js';
export type { Database, SqlValue, Statement } from './storage/handle.js';
export type { Migration } from './storage/migrations.js';
export { ValidationError } from './validation/errors.js';
export { type InputType, type RuleGroups, unchecked } from './validation/gate.js';
export type { Limits } from './validation/limits.js';
