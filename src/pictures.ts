// Pictures of a running application: its graph, its timeline, what it owns, how it feels. They only look.
import type { Engine } from './app/engine.js';
import type { UnderWay } from './app/events.js';
import { longestStopChain } from './app/stop-chain.js';
import type { Events } from './kernel/events.js';
import { type Graph, graphOf, ordersOf } from './observability/graph.js';
import { type ApplicationHealth, askHealth } from './observability/health.js';
import { tellIdleWatchers } from './observability/idle-watchers.js';
import { Timeline, type TimelineReport } from './observability/timeline.js';
import { blockersOf, type OwnershipTree, ownershipTree, stoppingOf } from './observability/tree.js';
import type { Parts } from './parts.js';

/** What they are taken of. */
export interface Subject {
  readonly events: Events;
  readonly parts: Parts;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined before the start. */
  readonly engine: () => Engine | undefined;
}

/** Looks at one application from its making to its end. */
export class Pictures {
  readonly #subject: Subject;
  readonly #timeline: Timeline;

  constructor(subject: Subject) {
    this.#subject = subject;
    tellIdleWatchers(subject.events);
    this.#timeline = new Timeline(subject.events, (service) => subject.engine()?.knows(service) ?? false);
  }

  get #units() {
    return this.#subject.engine()?.units ?? [];
  }

  graph(): Graph {
    return graphOf(this.#units);
  }

  timeline(): TimelineReport {
    const { needs, neededBy, roleOf } = ordersOf(this.#units);
    return this.#timeline.report(needs, neededBy, roleOf);
  }

  tree(): OwnershipTree {
    const services = this.#units.flatMap(({ name, runner }) =>
      runner ? [{ kind: 'child' as const, label: name, children: runner.scope.tree() }] : [],
    );
    return ownershipTree('application', [...services, ...this.#subject.parts.tree()]);
  }

  health(): Promise<ApplicationHealth> {
    const engine = this.#subject.engine();
    return askHealth(engine?.patients ?? [], { recovering: engine?.recovering ?? false });
  }

  /** Who has not stopped yet, and what each has open, as text. */
  blockers(): string {
    return blockersOf(this.#subject.engine()?.running ?? []);
  }

  /** What a stop waits for. */
  underWay(): UnderWay {
    const services = stoppingOf(this.#subject.engine()?.running ?? []);
    return { ...this.#subject.parts.underWay, services };
  }

  /** Writes the timeline of a phase, for those who asked to see it. */
  tellTimeline(phase: 'start' | 'stop'): void {
    const { SPECTER_TIMELINE, LOG_LEVEL = '' } = this.#subject.env;
    if (SPECTER_TIMELINE !== '1' && !['debug', 'trace'].includes(LOG_LEVEL)) return;
    const text = this.timeline().toText(phase, { columns: process.stdout.columns });
    if (text !== '') this.#subject.events.emit('timeline', { text });
  }

  /** Warns when services that stop one after another may need more time than the whole stop has. */
  checkStopChain({ limit, delay }: { readonly limit: number; readonly delay: number }): void {
    const { services, total } = longestStopChain(this.#units);
    if (total + delay > limit) this.#subject.events.emit('stop-chain-long', { services, total: total + delay, limit });
  }
}
