// HubConfig: what can be set from outside, checked before anything starts.
import { join } from 'node:path';
import { IsInt, IsOptional, IsString, Max, Min } from 'class-validator';
import { Config } from 'specter-runtime';
import { IsFolder } from './is-folder.js';

const SAMPLES = join(import.meta.dirname, '..', 'media');

@Config({ prefix: 'HUB_' })
export class HubConfig {
  /** HUB_FOLDER, or the first argument on the command line: the folder with the media. */
  @IsFolder() readonly folder: string = SAMPLES;

  /** HUB_DATA: the folder for the database; see `environment.ts`. */
  @IsOptional() @IsString() readonly data?: string;

  /** HUB_HASH_CONCURRENCY: how many files are read for their checksum at once. */
  @IsInt() @Min(1) @Max(16) readonly hashConcurrency: number = 2;

  /** HUB_POLL_INTERVAL: how often it is checked that the folder is still there, in milliseconds. */
  @IsInt() @Min(50) @Max(600_000) readonly pollInterval: number = 2_000;
}
