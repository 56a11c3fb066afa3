import { longestStopChain } from '../../src/app/stop-chain.js';
import { createApplication, Module, Service } from '../../src/index.js';
import { Lifecycle } from '../../src/kernel/lifecycle.js';

interface Node {
  name: string;
  runner: undefined;
  needs: Set<Node>;
  neededBy: Set<Node>;
  restart: undefined;
  stopTime: number;
}

function node(name: string, stopTime: number, needs: Node[] = []): Node {
  const one: Node = {
    name,
    runner: undefined,
    needs: new Set(needs),
    neededBy: new Set(),
    restart: undefined,
    stopTime,
  };
  for (const needed of needs) needed.neededBy.add(one);
  return one;
}

describe('the longest chain of stops', () => {
  test('is the one with the greatest sum of deadlines, in the order of stopping', () => {
    const base = node('Base', 5);
    const long = node('Long', 1, [base]);
    const slow = node('Slow', 7, [base]);
    const top = node('Top', 2, [long]);
    expect(longestStopChain([top, base, slow, long])).toEqual({ services: ['Slow', 'Base'], total: 12 });
  });

  test('passes through services without an onStop, which take no time', () => {
    const base = node('Base', 5);
    const quiet = node('Quiet', 0, [base]);
    const top = node('Top', 2, [quiet]);
    expect(longestStopChain([base, quiet, top])).toEqual({ services: ['Top', 'Base'], total: 7 });
  });

  test('is found in a graph that is deeper than the call stack, and wide with diamonds', () => {
    const units = [node('0', 1)];
    for (let i = 1; i < 20_000; i++) units.push(node(String(i), 1, units.slice(-2)));
    expect(longestStopChain(units).total).toBe(20_000);
  });
});

@Service({ stopTimeout: 400 })
class Disk extends Lifecycle {
  protected override onStop() {}
}
@Service({ stopTimeout: 700, dependsOn: [Disk] })
class Recorder {
  onStop() {}
}
@Service({ stopTimeout: 60_000, dependsOn: [Disk] })
class Reader {}
@Module({ providers: [Recorder, Disk, Reader] })
class AppModule {}

const warnings = async (options: object) => {
  const app = createApplication(AppModule, { logger: false, signals: true, ...options });
  const heard: string[] = [];
  app.events.on('stop-chain-long', (event) => heard.push(app.events.wordingOf(event).text));
  await app.start();
  await app.stop();
  return heard;
};

describe('the boot', () => {
  test('warns when that chain and the drain delay could take longer than shutdownTimeout, and names the chain', async () => {
    expect(await warnings({ shutdownTimeout: 1_000 })).toEqual([
      expect.stringMatching(/1100 ms .* Recorder -> Disk .* 1000 ms \(shutdownTimeout\)/),
    ]);
    expect(await warnings({ shutdownTimeout: 1_150, drainDelay: 60 })).toHaveLength(1);
  });

  test('is silent when there is time enough, or when nobody ends the process', async () => {
    expect(await warnings({ shutdownTimeout: 1_100 })).toEqual([]);
    expect(await warnings({ shutdownTimeout: 1_000, signals: false })).toEqual([]);
  });
});
