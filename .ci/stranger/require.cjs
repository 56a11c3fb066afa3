// The package is ESM, and CommonJS may require it all the same.
const assert = require('node:assert');

assert.equal(typeof require('specter-runtime').bootstrap, 'function');
assert.equal(typeof require('specter-runtime/testing').testApplication, 'function');
assert.equal(typeof require('specter-runtime/client').createClient, 'function');
assert.equal(require('specter-runtime/package.json').name, 'specter-runtime');
assert.throws(() => require('specter-runtime/dist/kernel/scope.js'), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
