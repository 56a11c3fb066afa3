// An archive that needs its folder: when that is missing, what had started is taken back.
import { opendir } from 'node:fs/promises';
import { Interval, inject, Lifecycle, Module, Service, token } from 'specter-runtime';

export const FOLDER = token<string>('folder');

@Service()
export class Journal extends Lifecycle {
  protected override onStart() {
    console.log('journal opened');
    this.addCleanup(() => console.log('journal closed'));
  }
}

@Service()
export class Archive extends Lifecycle {
  private readonly journal = inject(Journal);
  private readonly folder = inject(FOLDER);

  protected override async onStart() {
    console.log(`archive is opened, ${this.journal.name} is running: ${this.journal.running}`);
    this.addCleanup(() => console.log('archive gave back what it had opened'));
    this.own(await opendir(this.folder));
  }
}

@Service()
export class Search extends Lifecycle {
  readonly archive = inject(Archive); // its turn never comes when the archive fails
  @Interval(60_000) refresh() {}
}

@Module({ providers: [Search, Archive, Journal, { provide: FOLDER, useValue: process.argv[2] ?? '.' }] })
export class AppModule {}
