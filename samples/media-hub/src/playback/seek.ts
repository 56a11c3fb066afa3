// Seek: what the action `playback.seek` takes.
import { IsNumber, Max, Min } from 'class-validator';

export class Seek {
  /** Seconds from the beginning. */
  @IsNumber() @Min(0) @Max(1_000_000) position!: number;
}
