// Command: what the action `command.send` takes.
import { IsNumber, Matches, Max, Min } from 'class-validator';

export class Command {
  @Matches(/^[a-z]{1,20}-\d{1,4}$/) device!: string;
  @IsNumber() @Min(-1_000) @Max(1_000) value!: number;
}
