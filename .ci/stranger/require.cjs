// The package is ESM, and CommonJS may require every one of its entry points all the same.
const assert = require('node:assert');
const { name, exports: entries } = require('specter-runtime/package.json');

for (const [entry, target] of Object.entries(entries)) {
  if (typeof target === 'object') assert.notDeepEqual(Object.keys(require(name + entry.slice(1))), [], entry);
}
assert.equal(typeof require('specter-runtime').bootstrap, 'function');
assert.equal(typeof require('specter-runtime/testing').testApplication, 'function');
assert.throws(() => require('specter-runtime/dist/kernel/scope.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
