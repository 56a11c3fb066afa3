// packagedFiles: what somebody has who has installed the package.
import { execFileSync } from 'node:child_process';
import { ROOT } from './markdown.js';

/** As npm would pack it, without building before: no page leads into what is built. */
export function packagedFiles(): readonly string[] {
  const told = execFileSync('npm', ['pack', '--dry-run', '--ignore-scripts', '--json'], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // A list, or by name: that differs among versions of npm.
  const [{ files }] = Object.values(JSON.parse(told)) as [{ files: readonly { path: string }[] }];
  return files.map(({ path }) => path);
}
