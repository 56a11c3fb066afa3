// printable: a name as one line that neither a terminal, nor Mermaid, nor XML takes for anything but text.

/** Controls, line ends, halves of surrogates, what turns the direction of writing, and what XML forbids. */
const UNPRINTABLE = /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|[\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/** Each character that is none to look at becomes `�`. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}
