// Hello: what a client says of itself.
import { IsString, Length } from 'class-validator';

export class Hello {
  @IsString() @Length(1, 40) name!: string;
}
