// An application that leaves a bus listener, a registry entry and a listener on process behind.
import { Bus, inject, Module, Registry, Service } from '../../src/index.js';

@Service()
class Careless {
  readonly registry = inject(Registry);
  readonly bus = inject(Bus);
  onStart() {
    this.bus.on('forgotten', () => {});
    this.registry.provide('lost', 1);
    process.on('SIGUSR2', () => {});
  }
}

@Module({ providers: [Careless] })
export class CarelessApp {}
