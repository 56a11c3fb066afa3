// Commands: what devices are told to do, tried again while they are away; one command at a time for each.
import { Conflict, type Job, Queue, QueueService } from 'specter-runtime';
import { Fleet } from '../devices/fleet.js';
import { Refusal } from '../links/link.js';
import { Command } from './command.js';

/** What came of it. A device that refuses has answered: nobody asks it again. */
export type Answer =
  | { readonly accepted: true; readonly value: number }
  | { readonly accepted: false; readonly why: string };

@Queue({
  name: 'commands',
  type: Command,
  concurrency: 16,
  maxSize: 1_000,
  attempts: 6,
  backoff: { min: 1_000, max: 60_000 },
  timeout: 5_000,
})
export class Commands extends QueueService<Command, Answer> {
  constructor(private readonly fleet: Fleet) {
    super();
  }

  /** The same command again is the job at hand. @throws Conflict while the device has another one; NotFound */
  async send(command: Command): Promise<Job<Command, Answer>> {
    this.fleet.device(command.device);
    const job = await this.enqueue(command, { key: command.device });
    if (job.data.value !== command.value) throw new Conflict('The device has another command to finish.');
    return job;
  }

  protected async handle({ data, signal }: Job<Command, Answer>): Promise<Answer> {
    try {
      return { accepted: true, value: await this.fleet.device(data.device).set(data.value, signal) };
    } catch (error) {
      if (error instanceof Refusal) return { accepted: false, why: error.message };
      throw error;
    }
  }
}
