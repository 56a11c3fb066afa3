// Fleet: owns all devices. One that gives up is lost, and tried again later; when most are lost, the fleet itself has failed.
import { type Health, Lifecycle, NotFound, Service } from 'specter-runtime';
import { HubConfig } from '../hub-config.js';
import { Links } from '../links/link.js';
import { Device } from './device.js';
import { DeviceTable } from './device-table.js';
import type { Facts } from './facts.js';
import { KnownDevices } from './known-devices.js';

const MINUTE = 60_000;
/** A lost device is left alone for so long. */
const REST = 5 * MINUTE;
/** So many reasons are told at once. */
const TOLD = 5;

// Each restart gives all devices a new chance. When three of them have not helped, the hub ends, and whoever supervises it starts it anew.
@Service({ restart: { on: 'failure', maxRestarts: 3, within: 60 * MINUTE, backoff: { min: 5_000, max: MINUTE } } })
export class Fleet extends Lifecycle {
  readonly #devices = new Map<string, Device>();

  constructor(
    private readonly known: KnownDevices,
    private readonly links: Links,
    private readonly table: DeviceTable,
    private readonly config: HubConfig,
  ) {
    super();
  }

  protected override async onStart(): Promise<void> {
    this.#devices.clear();
    await Promise.all(this.known.all.map((facts) => this.#add(facts)));
  }

  /** @throws NotFound */
  device(id: string): Device {
    const device = this.#devices.get(id);
    if (!device) throw new NotFound('There is no such device.');
    return device;
  }

  override health(): Health {
    const troubled = this.table.troubled();
    if (troubled.length === 0) return { status: 'up', devices: this.#devices.size };
    const reasons = troubled.slice(0, TOLD).map(({ id, status, trouble }) => `${id} is ${status}: ${trouble}`);
    return { status: 'degraded', devices: this.#devices.size, troubled: troubled.length, reasons };
  }

  async #add(facts: Facts): Promise<void> {
    const { links, table, config } = this;
    const device = new Device(facts, { links, interval: config.interval, patience: config.patience });
    device.subscribe((state) => table.put(facts.id, state), { immediate: true });
    this.#devices.set(facts.id, device);
    await this.adopt(device, { onFailure: (error) => this.#lose(device, error) });
  }

  #lose(device: Device, error: Error): void {
    device.setState({ status: 'lost', trouble: error.message });
    const { lost } = this.table.counts;
    if (lost * 2 > this.#devices.size) this.fail(new Error(`${lost} of ${this.#devices.size} devices are lost`));
    else this.timeout(() => this.#tryAgain(device), REST);
  }

  async #tryAgain(device: Device): Promise<void> {
    await device.stop();
    await device.start();
  }
}
