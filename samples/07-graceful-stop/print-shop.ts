// A print shop that is closed while somebody waits for a page: the page is printed, then the printer is switched off.
import { Controller, inject, Lifecycle, Module, Post, Service } from 'specter-runtime';

@Service({ stopTimeout: 1000 })
export class Printer extends Lifecycle<{ pages: number; jammed: boolean }> {
  constructor() {
    super({ pages: 0, jammed: false });
  }

  async print() {
    await this.sleep(5000);
    this.setState({ pages: this.state.pages + 1 });
    return this.state.pages;
  }

  jam() {
    this.setState({ jammed: true });
  }

  protected override async onStop() {
    if (this.state.jammed) await new Promise(() => {}); // ejects the paper, which never comes
    console.log(`Printer off after ${this.state.pages} page(s)`);
  }
}

@Controller('/printer')
export class PrinterController {
  private readonly printer = inject(Printer);

  @Post('/page') async print() {
    return { page: await this.printer.print() };
  }

  @Post('/jam') jam() {
    this.printer.jam();
  }
}

@Module({ providers: [Printer, PrinterController] })
export class AppModule {}
