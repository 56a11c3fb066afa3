// Why a file cannot be read, for people.
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'The hub has no permission to read it.',
  EPERM: 'The hub has no permission to read it.',
  ENOENT: 'It is not there at the moment.',
  EIO: 'The disk cannot read it.',
  EISDIR: 'It is a folder now.',
};

export function readingTrouble(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return WORDS[String(code)] ?? `It cannot be read (${String(code ?? 'unknown reason')}).`;
}
