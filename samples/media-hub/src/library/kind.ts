// Kind: what a file is good for, by its extension.
import { extname } from 'node:path/posix';

export const KINDS = ['audio', 'video', 'image', 'text', 'other'] as const;
export type Kind = (typeof KINDS)[number];

const TYPES: Readonly<Record<string, string>> = {
  '.aac': 'audio/aac',
  '.flac': 'audio/flac',
  '.m4a': 'audio/mp4',
  '.mp3': 'audio/mpeg',
  '.oga': 'audio/ogg',
  '.ogg': 'audio/ogg',
  '.opus': 'audio/ogg',
  '.wav': 'audio/wav',
  '.m4v': 'video/mp4',
  '.mkv': 'video/x-matroska',
  '.mov': 'video/quicktime',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.avif': 'image/avif',
  '.gif': 'image/gif',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
  '.cue': 'text/plain',
  '.m3u': 'text/plain',
  '.m3u8': 'text/plain',
  '.md': 'text/plain',
  '.srt': 'text/plain',
  '.txt': 'text/plain',
  '.vtt': 'text/vtt',
};

/** The media type of a file; for all that is unknown a type that browsers only save. */
export function typeOf(path: string): string {
  return TYPES[extname(path).toLowerCase()] ?? 'application/octet-stream';
}

export function kindOf(path: string): Kind {
  const [family] = typeOf(path).split('/');
  return KINDS.find((kind) => kind === family) ?? 'other';
}
