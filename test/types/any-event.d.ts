// Some of the tests and samples declare events, and all are one program: here the others may still emit what they like.
import 'specter-runtime';

declare module 'specter-runtime' {
  interface SocketEvents {
    [other: string]: unknown;
  }
}
