// ListQuery: what can be asked of the list, as in `/library?search=rain&kind=audio&sort=-modified&page=2`.
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { KINDS, type Kind } from './kind.js';

export const SORTS = ['path', '-path', 'name', '-name', 'modified', '-modified', 'size', '-size'] as const;
export type Sort = (typeof SORTS)[number];

export class ListQuery {
  /** Part of the path, in any case. */
  @IsOptional() @IsString() @MaxLength(200) search?: string;
  @IsOptional() @IsIn(KINDS) kind?: Kind;
  /** A minus turns it round. */
  @IsIn(SORTS) sort: Sort = 'path';
  @IsInt() @Min(1) @Max(1_000_000) page: number = 1;
  @IsInt() @Min(1) @Max(100) size: number = 25;
}
