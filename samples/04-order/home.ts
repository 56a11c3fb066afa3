// A home server whose parts need their time to start. Nobody says in which order: who asks for whom is all it takes.
import { Interval, inject, Lifecycle, Module, Service } from 'specter-runtime';

@Service()
export class Disk extends Lifecycle {
  protected override onStart() {
    return this.sleep(300); // spins up
  }
}

@Service()
export class Tuner extends Lifecycle {
  protected override onStart() {
    return this.sleep(700); // looks for channels
  }
}

@Service()
export class Library extends Lifecycle {
  readonly disk = inject(Disk);
  protected override onStart() {
    return this.sleep(500); // reads its index from the disk
  }
}

@Service()
export class Recordings extends Lifecycle {
  readonly disk = inject(Disk);
  readonly tuner = inject(Tuner);
}

@Service({ dependsOn: [Recordings] }) // after them, without asking for them
export class Guide extends Lifecycle {
  readonly library = inject(Library);
  @Interval(60_000) refresh() {}
}

@Module({ providers: [Guide, Recordings, Library, Tuner, Disk] })
export class AppModule {}
