// The types of sessions: unknown data, data of one's own in one place, and data said once for all.
import type { Session, SessionData } from '../../src/index.js';

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
