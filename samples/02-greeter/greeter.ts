// Greeter: a service, a controller that asks for it, and the module that lists both.
import { Controller, Get, inject, Lifecycle, Module, Param, Service } from 'specter-runtime';

@Service()
export class Greeter extends Lifecycle<{ greeted: number }> {
  constructor() {
    super({ greeted: 0 });
  }

  greet(name: string) {
    this.setState({ greeted: this.state.greeted + 1 });
    return `Hello ${name}`;
  }
}

@Controller('/greetings')
export class GreetingController {
  private readonly greeter = inject(Greeter);

  @Get() count() {
    return this.greeter.state;
  }

  @Get('/:name') greet(@Param('name', String) name: string) {
    return { text: this.greeter.greet(name) };
  }
}

@Module({ providers: [GreetingController, Greeter] }) // in any order
export class AppModule {}
