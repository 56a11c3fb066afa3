// Playback: the one thing that the hub plays at a time, in a model that survives a restart.
import { Conflict, createModel, Lifecycle, Listen, Service } from 'specter-runtime';
import type { LibraryChange } from '../hub-events.js';
import type { Item } from '../library/item.js';
import { IDLE, type PlaybackState, type PlaybackView, positionAt } from './playback-view.js';

@Service()
export class Playback extends Lifecycle {
  readonly #model = createModel<PlaybackState>('playback', IDLE, { persist: true });

  protected override onStart(): void {
    // Whoever listened is gone since the hub was last running: it goes on when somebody asks.
    if (this.#state.status === 'playing') this.#model.patch({ status: 'paused' });
    this.#model.subscribe(() => this.emit('playback:changed', this.view()), { owner: this });
  }

  protected override onStop(): void {
    if (this.#state.status === 'playing') this.pause();
  }

  view(): PlaybackView {
    return { ...this.#state, now: this.clock.now() };
  }

  /** @param position - seconds; by default where it was if this item was playing already, else its beginning */
  play({ id, name, path, kind }: Item, position?: number): PlaybackView {
    const from = position ?? (this.#state.item?.id === id ? this.#position : 0);
    return this.#set({ item: { id, name, path, kind }, status: 'playing', position: from });
  }

  pause(): PlaybackView {
    this.#demandItem();
    return this.#set({ status: 'paused', position: this.#position });
  }

  /** @param position - seconds */
  seek(position: number): PlaybackView {
    this.#demandItem();
    return this.#set({ position });
  }

  stopPlaying(): PlaybackView {
    return this.#set(IDLE);
  }

  @Listen('library:changed')
  forgetRemoved({ changes }: LibraryChange): void {
    const { item } = this.#state;
    if (changes.some(({ what, id }) => what === 'removed' && id === item?.id)) this.stopPlaying();
  }

  get #state(): PlaybackState {
    return this.#model.get();
  }

  get #position(): number {
    return positionAt(this.#state, this.clock.now());
  }

  #set(change: Partial<PlaybackState>): PlaybackView {
    this.#model.patch({ ...change, since: this.clock.now() });
    return this.view();
  }

  #demandItem(): void {
    if (!this.#state.item) throw new Conflict('Nothing is playing.', { code: 'HUB_NOTHING_PLAYING' });
  }
}
