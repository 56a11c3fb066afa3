// Play: what the action `playback.play` takes.
import { IsNumber, IsOptional, IsString, Length, Max, Min } from 'class-validator';

export class Play {
  /** The id of an item of the library. */
  @IsString() @Length(16, 16) id!: string;
  /** Seconds from its beginning. */
  @IsOptional() @IsNumber() @Min(0) @Max(1_000_000) position?: number;
}
