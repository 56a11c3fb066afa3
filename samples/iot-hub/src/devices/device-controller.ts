// DeviceController: the list, one device, what it has measured, and the action that resets it.
import { IsString } from 'class-validator';
import { Action, Controller, Get, NotFound, Param, Query } from 'specter-runtime';
import { History } from '../history/history.js';
import { DeviceTable } from './device-table.js';
import { Fleet } from './fleet.js';
import { find, ListQuery } from './list-query.js';
import type { Row } from './row.js';

class Reset {
  @IsString() device!: string;
}

@Controller('/devices')
export class DeviceController {
  constructor(
    private readonly table: DeviceTable,
    private readonly fleet: Fleet,
    private readonly history: History,
  ) {}

  @Get()
  list(@Query() query: ListQuery) {
    return { counts: this.table.counts, ...find(this.table.rows(), query) };
  }

  @Get('/:id')
  one(@Param('id') id: string): Row {
    const row = this.table.row(id);
    if (!row) throw new NotFound('There is no such device.');
    return row;
  }

  @Get('/:id/history')
  readings(@Param('id') id: string) {
    return this.history.of(this.one(id).id);
  }

  @Get('/:id/statistics')
  statistics(@Param('id') id: string) {
    return this.history.statistics(this.one(id).id);
  }

  /** Cuts the link to a device; it is opened anew. */
  @Action()
  async reset({ device }: Reset): Promise<Row> {
    await this.fleet.device(device).reset();
    return this.one(device);
  }
}
