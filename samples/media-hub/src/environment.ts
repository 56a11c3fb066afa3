// The variables that the hub reads: the process's own, and what the command line says.
import { join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const DATA = join(import.meta.dirname, '..', 'data');

/** The first argument is the media folder. `npm` runs scripts in the package's folder, and says in INIT_CWD where the user is. */
export function environment(args: readonly string[], env: Environment): Environment {
  const [folder] = args;
  const from = env.INIT_CWD ?? process.cwd();
  return { SPECTER_TIMELINE: '1', ...env, ...(folder === undefined ? {} : { HUB_FOLDER: resolve(from, folder) }) };
}

/** Where the catalogue and the playback are kept: a file in HUB_DATA. */
export function databaseFile(env: Environment): string {
  return join(env.HUB_DATA || DATA, 'media-hub.sqlite');
}
