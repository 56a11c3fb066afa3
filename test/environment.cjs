// The environment of every test file: Node's own, and in the end nothing of the file is left that later ones pay for.
const { AsyncLocalStorage } = require('node:async_hooks');
const { TestEnvironment } = require('jest-environment-node');

const { run } = AsyncLocalStorage.prototype;

/**
 * jest follows each test through its promises with a storage that it makes for each file and never disables. Before Node 24 every one
 * of them costs something at every promise of the process: after a hundred files a test took many times as long as alone.
 */
module.exports = class extends TestEnvironment {
  #followed;

  /** The first to use a storage after this event is jest. */
  handleTestEvent({ name }) {
    if (name !== 'run_start') return;
    const take = (storage) => {
      this.#followed = storage;
      AsyncLocalStorage.prototype.run = run;
    };
    AsyncLocalStorage.prototype.run = function (...args) {
      take(this);
      return run.apply(this, args);
    };
  }

  async teardown() {
    AsyncLocalStorage.prototype.run = run;
    this.#followed?.disable();
    await super.teardown();
  }
};
