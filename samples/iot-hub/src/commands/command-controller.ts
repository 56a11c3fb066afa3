// CommandController: the action that sends a command, and what became of it.
import { Action, Controller, Delete, Get, type Job, NotFound, Outcome, Param } from 'specter-runtime';
import { Command } from './command.js';
import { type Answer, Commands } from './commands.js';

@Controller('/commands')
export class CommandController {
  constructor(private readonly commands: Commands) {}

  /** Answers as soon as the command is in the queue. */
  @Action()
  async send(command: Command) {
    return Outcome.success(await viewOf(await this.commands.send(command)), { status: 202 });
  }

  @Get('/:id')
  async one(@Param('id') id: string) {
    const job = await this.commands.get(id);
    if (!job) throw new NotFound('There is no such command.');
    return viewOf(job);
  }

  @Delete('/:id')
  async cancel(@Param('id') id: string): Promise<void> {
    if (!(await this.commands.cancel(id))) throw new NotFound('There is no such command to call off.');
  }
}

async function viewOf(job: Job<Command, Answer>) {
  const { id, state, data, attempt, error } = job;
  const answer = state === 'completed' ? await job.done() : undefined;
  return { id, state, ...data, attempt, error: error?.message, answer };
}
