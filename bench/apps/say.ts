// What clients say in the socket suite, with its rules.
import { IsInt, IsString, Length } from 'class-validator';

export class Say {
  @IsString()
  @Length(1, 500)
  text!: string;

  @IsInt()
  n!: number;
}

export const ROOM = 'room:1';
