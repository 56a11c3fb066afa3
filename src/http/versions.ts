// @Version: several versions of an API side by side, each under a path of its own.
import type { Class } from '../kernel/token.js';
import { InvalidRouteError } from './errors.js';
import { ClassNotes, type ClassOrMethodTag } from './notes.js';

const written = new ClassNotes<readonly string[]>();

/**
 * The versions of the API in which a method answers, instead of those of its controller: `'2'` is under `/v2`. Without any, the
 * method has no version, and is under the path of its controller alone.
 *
 * @example
 * @Controller({ prefix: '/films', version: '1' })
 * class FilmController {
 *   @Get() list() { return ['Alien']; } // GET /v1/films
 *   @Get() @Version('2') listWithYears() { return [{ title: 'Alien', year: 1979 }]; } // GET /v2/films
 * }
 */
export function Version(...versions: readonly string[]): ClassOrMethodTag {
  return written.tag([versions]);
}

/** The paths of the versions in which a method, or its whole controller, answers: `/v1`, or nothing for none. */
export function versionPaths(
  target: Class,
  method: string | symbol | undefined,
  version: string | readonly string[] = [],
): readonly string[] {
  const ofMethod = method === undefined ? undefined : written.ofMethod(target, method).at(-1);
  const versions = ofMethod ?? written.ofClass(target).at(-1) ?? [version].flat();
  return versions.length === 0 ? [''] : [...new Set(versions)].map((one) => `/v${one}`);
}

const VERSION = /^\/v[\w.-]+$/;

/** Whether it can be the path of a version. */
export function isVersionPath(path: string): boolean {
  return path === '' || VERSION.test(path);
}

/** What is wrong with versions. */
export function versionFaults(paths: readonly string[], where: string): Error[] {
  return paths
    .filter((path) => !isVersionPath(path))
    .map(
      () => new InvalidRouteError(where, 'has a version that cannot be in a path', "Give it as text, as '1' or '2.1'."),
    );
}

/** A router of its own has one prefix. */
export function routerFaults(paths: readonly string[], target: Class): Error[] {
  if (paths.length < 2 || typeof target.prototype.buildRoutes !== 'function') return [];
  const cure = 'Give its controller one version, or take the others as a controller of their own.';
  return [new InvalidRouteError(`${target.name}.buildRoutes`, 'is for a controller of several versions', cure)];
}
