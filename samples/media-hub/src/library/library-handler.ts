// LibraryHandler: tells every client what changes in the library, and how far the scan is.
import { Handler, Lifecycle, Listen, On, Session, Sockets } from 'specter-runtime';
import type { LibraryChange } from '../hub-events.js';
import { Library, type LibraryState } from './library.js';

@Handler()
export class LibraryHandler extends Lifecycle {
  constructor(
    private readonly library: Library,
    private readonly sockets: Sockets,
  ) {
    super();
  }

  protected override onStart(): void {
    this.library.subscribe((state) => this.tellProgress(state), { owner: this });
  }

  @On('connection')
  welcome(@Session() session: Session): void {
    this.sockets.emit('library:progress', this.library.state, { session });
  }

  @Listen('library:changed')
  tellChanges(change: LibraryChange): void {
    this.sockets.emit('library:changed', change);
  }

  @Listen('library:checked')
  tellChecked(checked: { count: number }): void {
    this.sockets.emit('library:checked', checked);
  }

  tellProgress(state: LibraryState): void {
    this.sockets.emit('library:progress', state);
  }
}
