// More routes than are asked for, as many as the first argument says: what a table of them costs every request.

export const extraRoutes = Array.from({ length: Number(process.argv[2] ?? 0) }, (_, at) => `/extra${at}/:id`);

/** Gives a controller one method for each, with the decorator of its framework. */
export function addExtraRoutes(target: object, get: (path: string) => MethodDecorator): void {
  for (const [at, path] of extraRoutes.entries()) {
    const name = `extra${at}`;
    const descriptor = { value: () => ({ at }), writable: true, configurable: true };
    Object.defineProperty(target, name, descriptor);
    get(path)(target, name, descriptor);
  }
}
