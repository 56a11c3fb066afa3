// What the compiler of the preset takes for granted: its helper of `using` names the error for two failures `_SuppressedError` and declares it as another.
globalThis._SuppressedError ??=
  globalThis.SuppressedError ??
  class SuppressedError extends Error {
    constructor(error, suppressed, message) {
      // A test runner shows the message alone.
      super(`${message}\n${textOf(error)}\n\nIt came after:\n${textOf(suppressed)}`);
      this.name = 'SuppressedError';
      this.error = error;
      this.suppressed = suppressed;
    }
  };

function textOf(thrown) {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
