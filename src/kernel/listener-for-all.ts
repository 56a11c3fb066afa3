// ListenerForAll: one function that listens to many emitters, so that of thousands none has a closure of its own.

/** A listener that learns from whom it hears: an emitter passes itself as `this`. */
export function listenerForAll<E, D = void>(fn: (emitter: E, data: D) => void): (this: E, data: D) => void {
  return function (this: E, data: D): void {
    fn(this, data);
  };
}
