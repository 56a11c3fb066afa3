// FakeFolder: stands for the media folder in tests, which say what is in it.
import type { FileFacts, FolderView } from '../../src/library/folder-view.js';
import { FakeWatch } from './fake-watch.js';

export class FakeFolder extends FakeWatch<FolderView> {
  /** Shows files by path and size; the time of their last change is 1000 unless given. */
  show(files: Readonly<Record<string, number | FileFacts>>, complete = true): void {
    const facts = Object.entries(files).map(
      ([path, file]) => [path, typeof file === 'number' ? { size: file, modified: 1000 } : file] as const,
    );
    this.tell({ files: new Map(facts), complete });
  }
}
