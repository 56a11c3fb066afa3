// ReportController: the reports of the last nights.
import { Controller, Get } from 'specter-runtime';
import { NightlyReport, type Report } from './nightly-report.js';

@Controller('/reports')
export class ReportController {
  constructor(private readonly nightly: NightlyReport) {}

  @Get()
  list(): readonly Report[] {
    return this.nightly.state.reports;
  }
}
