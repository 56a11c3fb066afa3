// Incoming: what a connection sends besides events, which have a rate of their own.

/** A message of engine.io. */
export interface Message {
  readonly type: string;
  readonly data?: string | { readonly byteLength: number };
}

/** Whoever knows what the server has asked. */
interface Asker {
  /** Whether it waits for the answer to a question. */
  isAsked(namespace: string, question: number): boolean;
}

/** What events of socket.io begin with, without and with attachments. */
const EVENT = /^[25]/;
/** An acknowledgement: its attachments, its namespace, and the number of the question. */
const ACK = /^[36](?:\d+-)?(?:(\/[^,]*),)?(\d+)/;

/** Whether it is an event, which is counted as such, or an answer that the server has asked for. */
export function isCountedElsewhere({ type, data }: Message, asker: Asker): boolean {
  if (type !== 'message' || data === undefined) return false;
  // An attachment: the decoder takes it only after an event or an answer that has announced it, ten at most.
  if (typeof data !== 'string' || EVENT.test(data)) return true;
  const [, namespace = '/', question] = ACK.exec(data) ?? [];
  return question !== undefined && asker.isAsked(namespace, Number(question));
}
