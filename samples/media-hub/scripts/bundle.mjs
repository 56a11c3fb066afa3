// Makes one script of the page, for the browser, in dist/browser: `node scripts/bundle.mjs [folder]` makes it elsewhere.
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const sample = join(import.meta.dirname, '..');

buildSync({
  entryPoints: [join(sample, 'page', 'app.ts')],
  outdir: process.argv[2] ?? join(sample, 'dist', 'browser'),
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minify: true,
  sourcemap: true,
  logLevel: 'warning',
});
