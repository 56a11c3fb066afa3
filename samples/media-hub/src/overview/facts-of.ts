// FactsOf: what the action `overview.facts` takes.
import { ArrayMaxSize, IsArray, IsString, Length } from 'class-validator';

export class FactsOf {
  /** Ids of items of the library. */
  @IsArray() @ArrayMaxSize(100) @IsString({ each: true }) @Length(16, 16, { each: true }) ids!: string[];
}
