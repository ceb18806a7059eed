import { CloudError } from '../../../shared/core/errors.ts';
import { LatencyHistogram } from '../../../shared/core/histogram.ts';
import type { DeployPort, RevisionTraffic } from '../../../shared/drivers/deploy/port.ts';
import type { OperationHost, Records } from '../../../shared/host.ts';
import { invoke, type Operation } from '../../../shared/operation.ts';
import type { DeploymentRecord } from '../../../shared/semantics/deployments/index.ts';

export const NOW = new Date('2026-01-01T00:10:00Z');

/** A provider of which only the given calls answer. */
export function scriptedPort(answers: Partial<DeployPort>): DeployPort {
  return new Proxy(answers as DeployPort, {
    get: (port, name) => {
      if (name === 'then' || name in port) return Reflect.get(port, name);
      throw new Error(`the provider was asked for ${String(name)}, which this test does not expect`);
    },
  });
}

type Record = Partial<DeploymentRecord>;

/** The record of one deployment, which somebody else may change before a write: then the write has to be done again. */
export class ScriptedRecord {
  value: Record;
  readonly signals: string[] = [];
  #version = 1;
  #meanwhile: ((value: Record) => Record) | undefined;

  constructor(value: Record, meanwhile?: (value: Record) => Record) {
    this.value = value;
    this.#meanwhile = meanwhile;
  }

  get records(): Records {
    const stored = () => ({ key: `local/${this.value.name}`, value: this.value as never, version: this.#version });
    return {
      get: async () => stored(),
      list: async () => [stored()],
      put: async (_kind, _key, value, expected) => {
        const change = this.#meanwhile;
        this.#meanwhile = undefined;
        if (change) this.#write(change(this.value));
        if (expected !== this.#version) throw new CloudError('Conflict', 'changed meanwhile');
        this.#write(value as Record);
      },
      delete: async () => undefined,
    };
  }

  #write(value: Record): void {
    this.value = value;
    this.#version++;
  }
}

/** Runs an operation over a scripted provider, with at most one deployment on record. */
export function run(operation: unknown, input: object, port: Partial<DeployPort>, record?: ScriptedRecord) {
  const host = {
    records: record?.records ?? { get: async () => undefined, list: async () => [] },
    publish: async () => undefined,
    signal: async (token: string) => void record?.signals.push(token),
  };
  return invoke(
    operation as Operation,
    input as never,
    {},
    {
      host: host as unknown as OperationHost,
      idempotency: {
        claim: async () => ({ kind: 'Claimed' }),
        complete: async () => undefined,
        release: async () => undefined,
      },
      now: () => NOW,
      driver: async () => ({ provider: 'local', driver: scriptedPort(port) as never }),
    },
  );
}

/** Traffic with that many requests, of which some failed, all as slow as each other. */
export function traffic(requests: number, errors = 0, milliseconds = 10): RevisionTraffic {
  const latency = new LatencyHistogram();
  for (let count = 0; count < requests; count++) latency.record(milliseconds);
  return { requests, errors, latency };
}
