// AlarmController: what is wrong in the house.
import { Controller, Get } from 'specter-runtime';
import type { Alarm } from './alarm.js';
import { Alarms } from './alarms.js';

@Controller('/alarms')
export class AlarmController {
  constructor(private readonly alarms: Alarms) {}

  @Get()
  list(): readonly Alarm[] {
    return this.alarms.raised;
  }
}
