import type { Domain, Ports } from './drivers/ports.ts';

/** What a host offers to the drivers that run inside it: the Local ones are parts of the host itself. */
export interface DriverSurroundings {
  local: Ports;
}

/** A cloud, or this machine, with what is needed to talk to it; made by a factory such as `local()`. */
export interface Provider {
  /** The provider's own name: `local`, `aws`, `gcp` or `azure`. */
  readonly name: string;
  /** The driver of a domain, loaded when it is first asked for. */
  driver<D extends Domain>(domain: D, surroundings: DriverSurroundings): Promise<Ports[D]>;
  /** The same provider in another region; absent where there are no regions. */
  inRegion?(region: string): Provider;
}

/** This machine: replicas are processes, and what they need is kept in the state directory of the host. */
export function local(): Provider {
  return { name: 'local', driver: async (domain, surroundings) => surroundings.local[domain] };
}
