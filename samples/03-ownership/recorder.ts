// Recorder: six things that it owns, and not one line that closes them at the stop.
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lifecycle, Module, Service } from 'specter-runtime';

/** A part of the recorder: it lives with it, and ends with it. */
export class Meter extends Lifecycle<{ loudest: number }> {
  constructor() {
    super({ loudest: 0 });
  }
  protected override onStart() {
    this.listen('level', (level) => this.setState({ loudest: Math.max(this.state.loudest, Number(level)) }));
  }
}

@Service()
export class Recorder extends Lifecycle {
  folder = '';
  meter!: Meter;
  #take!: FileHandle;

  protected override async onStart() {
    this.folder = await mkdtemp(join(tmpdir(), 'recorder-'));
    this.addCleanup(() => rm(this.folder, { recursive: true }));

    this.#take = this.own(await open(join(this.folder, 'take-1.txt'), 'a'));
    this.addCleanup(() => this.#take.write('end of the take\n')); // added after the file, so it runs before the file is closed

    this.meter = await this.adopt(new Meter());
    this.spawn((signal) => this.#record(signal), { label: 'recording' });
    this.interval(() => this.emit('level', Math.random()), 1000);
  }

  async #record(signal: AbortSignal) {
    while (!signal.aborted) {
      await this.#take.write('sample\n');
      await this.sleep(250); // rejects when the recorder stops, which ends the loop
    }
  }
}

@Module({ providers: [Recorder] })
export class AppModule {}
