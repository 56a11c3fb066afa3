// The same application without emitted metadata: what the types said is said in so many words.
import { IsInt, IsString, Min } from 'class-validator';
import {
  Body,
  Controller,
  Get,
  Handler,
  Inject,
  inject,
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
  private readonly disk = inject(Disk);

  constructor(@Inject(GREETING) private readonly greeting: string) {
    super({ greeted: 0 });
  }

  greet(name: string): string {
    this.setState({ greeted: this.state.greeted + 1 });
    return `${this.greeting} ${name}, ${this.disk.free()} free`;
  }
}

@Controller('/greetings')
export class GreetingController {
  private readonly greeter = inject(Greeter);

  @Get('/:name')
  one(@Param('name', String) name: string) {
    return { text: this.greeter.greet(name) };
  }

  @Post()
  many(@Body(Greet) greet: Greet) {
    return { texts: Array.from({ length: greet.times }, () => this.greeter.greet(greet.name)) };
  }
}

@Handler()
export class GreetingHandler {
  constructor(@Inject(Greeter) private readonly greeter: Greeter) {}

  @On('greet', { type: Greet })
  greet(greet: Greet) {
    return { text: this.greeter.greet(greet.name) };
  }
}

@Module({
  providers: [Disk, Greeter, GreetingController, GreetingHandler, { provide: GREETING, useValue: 'Hello' }],
})
export class AppModule {}
