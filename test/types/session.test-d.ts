// The types of sessions: unknown data, data of one's own in one place, and data said once for all.
import type { Session, SessionData, SocketOptions } from '../../src/index.js';

interface User {
  readonly name: string;
}

export const nameOf = (session: Session<User>): string => session.data.name;
export const unknownData = (session: Session): unknown => session.data;

// @ts-expect-error data that nobody described is unknown
export const guessed = (session: Session): string => session.data.name;

type Said<Types> = Types extends { data: infer Data } ? Data : unknown;
export const said: Said<{ data: User }> = { name: 'Ada' };
export const unsaid: SessionData = 'anything';

export const claimed: SocketOptions = {
  session: ({ auth }) => (typeof auth.name === 'string' ? { id: auth.name, data: undefined } : undefined),
};
export const believed: SocketOptions = {
  // @ts-expect-error whatever a client sends can be in its auth: it is looked at before it is a name
  session: ({ auth }) => ({ id: auth.name, data: undefined }),
};
