// The house: imports the module with its options, and adds two channels to it.
import { Interval, inject, Lifecycle, Module, Service } from 'specter-runtime';
import { CHANNEL, type Channel, Notifier, NotifyModule } from './notify-module.js';

export class Screen implements Channel {
  send(text: string) {
    console.log(`[screen] ${text}`);
  }
}

export class Speaker implements Channel {
  send(text: string) {
    console.log(`[speaker] ${text.toUpperCase()}`);
  }
}

@Service()
export class Doorbell extends Lifecycle {
  private readonly notifier = inject(Notifier);

  @Interval(3000) ring() {
    this.notifier.notify('somebody is at the door');
  }
}

@Module({
  imports: [NotifyModule.with({ house: 'Lane 7' })],
  providers: [
    Doorbell,
    { provide: CHANNEL, useClass: Screen, multi: true },
    { provide: CHANNEL, useClass: Speaker, multi: true },
  ],
})
export class AppModule {}
