// SystemController: how the disk, the folder, the scan and the program that looks into files are.
import { Controller, Get } from 'specter-runtime';
import { Library } from '../library/library.js';
import { MediaFolder } from '../library/media-folder.js';
import { FactFinder } from '../metadata/fact-finder.js';
import { SystemWatch } from './system-watch.js';

@Controller('/system')
export class SystemController {
  constructor(
    private readonly system: SystemWatch,
    private readonly folder: MediaFolder,
    private readonly library: Library,
    private readonly finder: FactFinder,
  ) {}

  @Get()
  show() {
    return {
      disk: this.system.lastValue ?? null,
      folder: this.folder.health(),
      library: this.library.state,
      facts: this.finder.health(),
    };
  }
}
