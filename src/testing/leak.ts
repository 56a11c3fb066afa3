// Leak: one thing that outlived its owner; and what an application's own ledger still holds after its stop.
import type { OwnershipNode } from '../kernel/scope.js';

/** One thing that outlived its application. */
export interface Leak {
  /** `timer`, `server`, `socket`, `file`, `process`, `watcher`, `worker`, `listener`, `registry entry`, `thread` ... */
  readonly kind: string;
  readonly label: string;
  /** File and line that made it, as far as the host tells. */
  readonly place: string | undefined;
}

/** What has stopped, and can tell what it owns: an `Application`. */
export interface Owning {
  tree(): { readonly children: readonly OwnershipNode[] };
}

/** What the ledgers of something that has stopped still hold. */
export function stillOwned(stopped: Owning): readonly Leak[] {
  return stopped.tree().children.flatMap((service) =>
    service.children.map(({ kind, label, birth }) => ({
      kind,
      label: `"${label}" of ${service.label}`,
      place: birth,
    })),
  );
}
