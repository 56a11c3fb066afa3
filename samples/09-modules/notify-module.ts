// NotifyModule: a module that is told its options, takes channels from anybody, and shows one class of the two that it has.
import { type DynamicModule, inject, injectAll, Module, Service, token } from 'specter-runtime';

/** An interface is gone at run time, so a token stands for it. */
export interface Channel {
  send(text: string): void;
}
export const CHANNEL = token<Channel>('channel');
export const HOUSE = token<string>('house');

@Service()
export class Wording {
  private readonly house = inject(HOUSE);

  of(text: string) {
    return `${this.house}: ${text}`;
  }
}

@Service()
export class Notifier {
  private readonly wording = inject(Wording);
  private readonly channels = injectAll(CHANNEL); // none is fine, too

  notify(text: string) {
    for (const channel of this.channels) channel.send(this.wording.of(text));
  }
}

@Module({ providers: [Wording, Notifier], exports: [Notifier] }) // Wording is nobody else's business
export class NotifyModule {
  static with({ house }: { house: string }): DynamicModule {
    return { module: NotifyModule, providers: [{ provide: HOUSE, useValue: house }] };
  }
}
