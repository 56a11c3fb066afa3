// A recorder that needs a program outside: it is started with the service, watched, started again, and ended with it.
import { Controller, createProcess, Get, inject, Lifecycle, Module, Service } from 'specter-runtime';

/** Stands for a program such as ffmpeg: says when it is ready, then how far it is, and breaks down now and then. */
const CAMERA = `
  console.log('camera ready');
  let frame = 0;
  setInterval(() => {
    if (process.env.FRAGILE === 'yes' && Math.random() < 0.1) { console.error('lens cap'); process.exit(1); }
    console.log('frame ' + ++frame);
  }, 200);
`;

@Service()
export class Recorder extends Lifecycle<{ frame: number }> {
  /** Made in a field: it belongs to this service. */
  readonly camera = createProcess('camera', process.execPath, ['-e', CAMERA], {
    ready: /camera ready/,
    env: { FRAGILE: process.env.FRAGILE },
    restart: { on: 'failure', maxRestarts: 10 },
  });

  constructor() {
    super({ frame: 0 });
    this.camera.watchStream('stdout', (line) => this.read(line));
    this.camera.watchStream('stderr', (line) => console.log(`camera: ${line}`));
  }

  protected override async onStart() {
    await this.camera.start();
  }

  override health() {
    return this.camera.health();
  }

  private read(line: string) {
    const [, frame] = /^frame (\d+)/.exec(line) ?? [];
    if (frame) this.setState({ frame: Number(frame) });
  }
}

@Controller('/recorder')
export class RecorderController {
  private readonly recorder = inject(Recorder);

  @Get() read() {
    return { ...this.recorder.state, pid: this.recorder.camera.pid };
  }
}

@Module({ providers: [Recorder, RecorderController] })
export class AppModule {}
