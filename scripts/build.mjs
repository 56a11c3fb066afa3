// `npm run build`: compiles src/ into an emptied dist/.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { compile, root } from './tsc.mjs';

rmSync(join(root, 'dist'), { recursive: true, force: true });
compile('tsconfig.build.json');
