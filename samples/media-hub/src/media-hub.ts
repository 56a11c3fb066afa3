// MediaHub: everything the hub is made of, in one list. The order does not matter: who needs whom is in the constructors.
import { Module } from 'specter-runtime';
import { BuiltFiles } from './built-files.js';
import { HubConfig } from './hub-config.js';
import { Catalogue } from './library/catalogue.js';
import { Checksums } from './library/checksums.js';
import { Digester } from './library/digester.js';
import { Library } from './library/library.js';
import { LibraryController } from './library/library-controller.js';
import { LibraryHandler } from './library/library-handler.js';
import { MediaFolder } from './library/media-folder.js';
import { FactFinder } from './metadata/fact-finder.js';
import { Overview } from './overview/overview.js';
import { OverviewController } from './overview/overview-controller.js';
import { OverviewHandler } from './overview/overview-handler.js';
import { ChangesController } from './page/changes-controller.js';
import { PageController } from './page/page-controller.js';
import { Playback } from './playback/playback.js';
import { PlaybackController } from './playback/playback-controller.js';
import { PlaybackHandler } from './playback/playback-handler.js';
import { PresenceHandler } from './presence/presence-handler.js';
import { SystemController } from './system/system-controller.js';
import { SystemHandler } from './system/system-handler.js';
import { SystemWatch } from './system/system-watch.js';

@Module({
  providers: [
    ...[HubConfig, BuiltFiles],
    ...[MediaFolder, Catalogue, Library, Digester, Checksums, LibraryController, LibraryHandler],
    ...[FactFinder, Overview, OverviewController, OverviewHandler],
    ...[Playback, PlaybackController, PlaybackHandler],
    ...[SystemWatch, SystemController, SystemHandler],
    ...[PresenceHandler, PageController, ChangesController],
  ],
})
export class MediaHub {}
