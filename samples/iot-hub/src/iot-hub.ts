// IotHub: everything the hub is made of, in one list. The order does not matter: who needs whom is in the constructors.
import { Module } from 'specter-runtime';
import { AlarmController } from './alarms/alarm-controller.js';
import { Alarms } from './alarms/alarms.js';
import { CommandController } from './commands/command-controller.js';
import { Commands } from './commands/commands.js';
import { DashboardHandler } from './dashboard/dashboard-handler.js';
import { DeviceController } from './devices/device-controller.js';
import { DeviceTable } from './devices/device-table.js';
import { Fleet } from './devices/fleet.js';
import { KnownDevices } from './devices/known-devices.js';
import { History } from './history/history.js';
import { HubConfig } from './hub-config.js';
import { DeviceProgram } from './links/device-program.js';
import { Links } from './links/link.js';
import { ProcessLinks } from './links/process-links.js';
import { NightlyReport } from './report/nightly-report.js';
import { ReportController } from './report/report-controller.js';
import { Screen } from './screen/screen.js';
import { Terminal } from './screen/terminal.js';

@Module({
  providers: [
    ...[HubConfig, KnownDevices],
    ...[DeviceProgram, { provide: Links, useClass: ProcessLinks }],
    ...[DeviceTable, Fleet, DeviceController],
    ...[History, Alarms, AlarmController],
    ...[Commands, CommandController],
    ...[NightlyReport, ReportController],
    ...[DashboardHandler, Screen, Terminal],
  ],
})
export class IotHub {}
