// The application of the documentation, as people write it: types come from the emitted metadata.
import { IsInt, IsString, Min } from 'class-validator';
import {
  Body,
  Controller,
  Get,
  Handler,
  Inject,
  Lifecycle,
  Module,
  On,
  Param,
  Post,
  Service,
  token,
} from 'specter-runtime';

export const GREETING = token<string>('greeting');

@Service()
export class Disk {
  free(): number {
    return 42;
  }
}

export class Greet {
  @IsString() name!: string;
  @IsInt() @Min(1) times!: number;
}

@Service()
export class Greeter extends Lifecycle<{ greeted: number }> {
  constructor(
    private readonly disk: Disk,
    @Inject(GREETING) private readonly greeting: string,
  ) {
    super({ greeted: 0 });
  }

  greet(name: string): string {
    this.setState({ greeted: this.state.greeted + 1 });
    return `${this.greeting} ${name}, ${this.disk.free()} free`;
  }
}

@Controller('/greetings')
export class GreetingController {
  constructor(private readonly greeter: Greeter) {}

  @Get('/:name')
  one(@Param('name') name: string) {
    return { text: this.greeter.greet(name) };
  }

  @Post()
  many(@Body() greet: Greet) {
    return { texts: Array.from({ length: greet.times }, () => this.greeter.greet(greet.name)) };
  }
}

@Handler()
export class GreetingHandler {
  constructor(private readonly greeter: Greeter) {}

  @On('greet')
  greet(greet: Greet) {
    return { text: this.greeter.greet(greet.name) };
  }
}

@Module({
  providers: [Disk, Greeter, GreetingController, GreetingHandler, { provide: GREETING, useValue: 'Hello' }],
})
export class AppModule {}
