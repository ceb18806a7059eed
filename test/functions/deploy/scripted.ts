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

/** Runs an operation over a scripted provider, with at most one deployment on record. */
export function run(operation: unknown, input: object, port: Partial<DeployPort>, record?: Partial<DeploymentRecord>) {
  return invoke(
    operation as Operation,
    input as never,
    {},
    {
      host: { records: recordsOf(record), publish: async () => undefined } as unknown as OperationHost,
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

function recordsOf(record: Partial<DeploymentRecord> | undefined): Records {
  const all = record ? [{ key: `local/${record.name}`, value: record as never, version: 1 }] : [];
  return {
    get: async (_kind, key) => all.find((stored) => stored.key === key),
    list: async () => all,
    put: async () => {
      throw new CloudError('Internal', 'nothing is to be written in this test');
    },
    delete: async () => undefined,
  };
}

/** Traffic with that many requests, of which some failed, all as slow as each other. */
export function traffic(requests: number, errors = 0, milliseconds = 10): RevisionTraffic {
  const latency = new LatencyHistogram();
  for (let count = 0; count < requests; count++) latency.record(milliseconds);
  return { requests, errors, latency };
}
