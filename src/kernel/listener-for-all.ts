// ListenerForAll: one function that listens to many emitters, so that of thousands none has a closure of its own.

/** A listener that learns from whom it hears: an emitter passes itself as `this`. */
export function listenerForAll<E, D = void, M = void>(
  fn: (emitter: E, data: D, more: M) => void,
): (this: E, data: D, more: M) => void {
  return function (this: E, data: D, more: M): void {
    fn(this, data, more);
  };
}
