import { RELEASE_METHODS, releaseOf } from '../../src/kernel/release.js';

test.each(RELEASE_METHODS)('a resource with %s() is closed by it', (method) => {
  const close = jest.fn();
  const resource = { [method]: close };
  releaseOf(resource, undefined).close();
  expect(close).toHaveBeenCalledTimes(1);
  expect(close.mock.contexts[0]).toBe(resource);
});

test('the documented order decides: asyncDispose, dispose, then stop, close, destroy and so on', () => {
  const log: string[] = [];
  const resource: Record<PropertyKey, () => void> = {
    [Symbol.asyncDispose]: () => log.push('asyncDispose'),
    [Symbol.dispose]: () => log.push('dispose'),
  };
  for (const method of RELEASE_METHODS) resource[method] = () => log.push(method);
  for (const key of [Symbol.asyncDispose, Symbol.dispose, ...RELEASE_METHODS]) {
    releaseOf(resource, undefined).close();
    delete resource[key];
  }
  expect(log).toEqual(['asyncDispose', 'dispose', ...RELEASE_METHODS]);
  expect(RELEASE_METHODS.slice(0, 5)).toEqual(['stop', 'close', 'destroy', 'teardown', 'end']);
});

test('a method may be named, or a function given', () => {
  const phone = { hangUp: jest.fn(), close: jest.fn() };
  releaseOf(phone, 'hangUp').close();
  releaseOf(phone, (it) => it.hangUp('again')).close();
  expect(phone.hangUp.mock.calls).toEqual([[], ['again']]);
  expect(phone.close).not.toHaveBeenCalled();
});

test('a function is its own release, unless it knows how to be disposed', () => {
  let released = 0;
  releaseOf(() => released++, undefined).close();
  expect(released).toBe(1);
  const disposable = Object.assign(jest.fn(), { [Symbol.dispose]: jest.fn() });
  releaseOf(disposable, undefined).close();
  expect(disposable).not.toHaveBeenCalled();
  expect(disposable[Symbol.dispose]).toHaveBeenCalledTimes(1);
});

test('a method on the prototype counts as well', () => {
  class Socket {
    closed = false;
    close() {
      this.closed = true;
    }
  }
  const socket = new Socket();
  const { label, close } = releaseOf(socket, undefined);
  close();
  expect([label, socket.closed]).toEqual(['Socket', true]);
});

test.each([[{}], [{ close: true }], [null], [undefined], [5], ['text'], [Object.create(null)]])(
  'nothing fits %p: the error names it and what was tried',
  (resource) => {
    const attempt = () => releaseOf(resource as object, undefined);
    expect(attempt).toThrow(expect.objectContaining({ code: 'SPECTER_NO_RELEASE' }));
    expect(attempt).toThrow(/\[Symbol\.asyncDispose\], \[Symbol\.dispose\], stop, close, destroy/);
  },
);

test('a named method that does not exist is refused', () => {
  expect(() => releaseOf({ close() {} }, 'hangUp' as never)).toThrow('a method called hangUp on Object');
});
