// A drop box: what is put into a folder is registered, and what its log says is counted.
import { mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
  type FileChange,
  Lifecycle,
  Module,
  Observe,
  Service,
  Stream,
  tailFile,
  Watch,
  Watcher,
  watchFiles,
} from 'specter-runtime';

/** Where the box is; a test puts it elsewhere. */
export const box = { folder: resolve('data/drop-box') };

/** Files are told when they have come to rest: one that is being copied is told once. */
@Watcher()
export class Arrivals extends Watch<FileChange> {
  @Stream() readonly changes = watchFiles(join(box.folder, 'in'), {
    existing: true,
    ignore: (name) => name.endsWith('.part'),
  });
}

/** Rotate it as you like. */
@Watcher()
export class Log extends Watch<string> {
  @Stream() readonly lines = tailFile(join(box.folder, 'box.log'));
}

@Service()
export class Desk extends Lifecycle<{ files: readonly string[]; warnings: number }> {
  constructor() {
    super({ files: [], warnings: 0 });
    mkdirSync(join(box.folder, 'in'), { recursive: true });
  }

  @Observe(Arrivals) register({ type, kind, path }: FileChange) {
    if (kind === 'folder') return;
    const others = this.state.files.filter((name) => name !== basename(path));
    this.setState({ files: type === 'removed' ? others : [...others, basename(path)] });
  }

  @Observe(Log) count(line: string) {
    if (line.includes('warning')) this.setState({ warnings: this.state.warnings + 1 });
  }
}

@Module({ providers: [Arrivals, Log, Desk] })
export class AppModule {}
