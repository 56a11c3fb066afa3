// Health: what each service says of itself and what its lifecycle knows -> up, degraded, down.
import { Deadline } from '../kernel/deadline.js';
import { messageOf, WaitTimeoutError } from '../kernel/errors.js';
import type { Health } from '../kernel/health.js';
import type { Runner } from '../kernel/runner.js';

/** How the whole application feels. */
export interface ApplicationHealth {
  readonly status: Health['status'];
  readonly services: Readonly<Record<string, Health>>;
}

/** One service to be asked. */
export interface Patient {
  readonly name: string;
  readonly runner: Runner;
  readonly instance: object;
  /** How many errors have been reported of it. */
  readonly errors: number;
}

/** Milliseconds that a service may take to answer. */
const ASK_TIMEOUT = 1_000;

/** Asks every service, those that are on their way back are degraded; one that does not answer in time, or fails to, is down. */
export async function askHealth(
  patients: readonly Patient[],
  { recovering = false }: { readonly recovering?: boolean } = {},
): Promise<ApplicationHealth> {
  const ask = async (patient: Patient) => [patient.name, await examine(patient, recovering)] as const;
  const answers = await Promise.all(patients.map(ask));
  const services = Object.fromEntries(answers);
  return { status: worst(answers.map(([, health]) => health.status)), services };
}

async function examine(patient: Patient, recovering: boolean): Promise<Health> {
  const { phase } = patient.runner;
  const away = recovering && phase !== 'running';
  const answer: Health = away ? { status: 'degraded', phase: 'restarting' } : await ask(patient);
  return patient.errors > 0 ? { ...answer, errors: patient.errors } : answer;
}

async function ask({ name, runner, instance }: Patient): Promise<Health> {
  if (runner.failure) return { status: 'down', error: runner.failure.message };
  if (runner.phase !== 'running')
    return { status: runner.phase === 'starting' ? 'degraded' : 'down', phase: runner.phase };
  const speaking = instance as { health?: () => Health | Promise<Health> };
  if (typeof speaking.health !== 'function') return { status: 'up' };
  try {
    const answer = Promise.resolve().then(() => speaking.health?.());
    return (
      (await new Deadline(ASK_TIMEOUT).wait(
        answer,
        () => new WaitTimeoutError('app.health()', `${name}.health()`, ASK_TIMEOUT),
      )) ?? { status: 'up' }
    );
  } catch (thrown) {
    return { status: 'down', error: messageOf(thrown) };
  }
}

function worst(statuses: readonly Health['status'][]): Health['status'] {
  if (statuses.includes('down')) return 'down';
  return statuses.includes('degraded') ? 'degraded' : 'up';
}
