// A gardener who waters when the soil is dry for long enough: thirty seconds each time, and never longer.
import { Interval, inject, Lifecycle, Module, Service } from 'specter-runtime';

@Service()
export class Soil {
  async moisture() {
    return Math.round(Math.random() * 40); // per cent; a real one reads a sensor
  }
}

@Service()
export class Valve {
  async turn(position: 'on' | 'off') {
    console.log(`valve ${position}`);
  }
}

@Service()
export class Gardener extends Lifecycle<{ dry: number; watering: boolean }> {
  private readonly soil = inject(Soil);
  private readonly valve = inject(Valve);

  constructor() {
    super({ dry: 0, watering: false });
  }

  @Interval(10_000) async look() {
    const moisture = await this.soil.moisture();
    this.setState({ dry: moisture < 30 ? this.state.dry + 1 : 0 });
    if (this.state.dry >= 3 && !this.state.watering) await this.water();
  }

  async water() {
    this.setState({ watering: true });
    await this.valve.turn('on');
    this.timeout(() => this.enough(), 30_000);
  }

  private async enough() {
    await this.valve.turn('off');
    this.setState({ watering: false, dry: 0 });
  }

  protected override async onStop() {
    if (this.state.watering) await this.enough(); // the water never stays on
  }
}

@Module({ providers: [Soil, Valve, Gardener] })
export class AppModule {}
