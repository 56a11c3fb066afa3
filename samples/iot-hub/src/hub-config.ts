// HubConfig: what can be set from outside, checked before anything starts.
import { IsIn, IsInt, IsTimeZone, Max, Min } from 'class-validator';
import { Config } from 'specter-runtime';

@Config({ prefix: 'IOT_' })
export class HubConfig {
  /** IOT_DEVICES, or the first argument on the command line: how many devices there are. Each is a process. */
  @IsInt() @Min(1) @Max(1_000) readonly devices: number = 8;

  /** IOT_INTERVAL: how long after an answer each is asked again, in milliseconds. */
  @IsInt() @Min(50) @Max(3_600_000) readonly interval: number = 1_000;

  /** IOT_PATIENCE: how long an answer may take, in milliseconds. */
  @IsInt() @Min(10) @Max(60_000) readonly patience: number = 1_000;

  /** IOT_TIMEZONE: where the house stands; its nights are reported. */
  @IsTimeZone() readonly timezone: string = 'Europe/Berlin';

  /** IOT_MOODS: whether some of the simulated devices misbehave. */
  @IsIn(['mixed', 'steady']) readonly moods: 'mixed' | 'steady' = 'mixed';
}
