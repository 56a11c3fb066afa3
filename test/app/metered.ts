// A role of a user's own, in a file of its own.
import { tag } from '../../src/app/tags.js';

/** Tags a class as metered. */
export const Metered = () => tag({ name: 'metered' }, {});
