// ListQuery: what can be asked of the list, as in `/devices?status=offline&kind=pressure&page=2`.
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { KINDS, type Kind } from './facts.js';
import { type Row, STATUSES, type Status } from './row.js';

export class ListQuery {
  @IsOptional() @IsIn(STATUSES) status?: Status;
  @IsOptional() @IsIn(KINDS) kind?: Kind;
  @IsInt() @Min(1) @Max(1_000) page: number = 1;
  @IsInt() @Min(1) @Max(1_000) size: number = 50;
}

/** The page that was asked for, and how many there are in all. */
export function find(rows: readonly Row[], { status, kind, page, size }: ListQuery) {
  const found = rows.filter((row) => (!status || row.status === status) && (!kind || row.kind === kind));
  return { devices: found.slice((page - 1) * size, page * size), total: found.length, page };
}
