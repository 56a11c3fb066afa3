// What the types of mock() must not let through; the compiler is the test.
import type { Lifecycle } from '../../src/index.js';
import { mock } from '../../src/testing/index.js';

declare class SensorLink extends Lifecycle<{ runs: number }> {
  readonly unit: string;
  read(channel: number): Promise<number>;
}

export function mocks(): void {
  const link = mock(SensorLink, { state: { runs: 0 }, unit: 'mm' });
  link.state = { runs: 1 };
  link.unit = 'cm';
  link.read.returns(Promise.resolve(1));
  const calls: [number][] = link.read.calls;
  const real: Pick<SensorLink, 'read' | 'state'> = link;
  void [calls, real];
  // @ts-expect-error the state has no such member
  mock(SensorLink, { state: { rums: 0 } });
  // @ts-expect-error there is no such property
  mock(SensorLink, { colour: 'red' });
  // @ts-expect-error the stub has another result
  link.read.returns('one');
}
