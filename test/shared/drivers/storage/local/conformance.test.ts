import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EndpointPresigner } from '../../../../../infra/local/s3/presigner.ts';
import { VirtualClock } from '../../../../../shared/core/clock.ts';
import { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import { BucketConfig } from '../../../../../shared/types/storage.ts';
import {
  type ObjectEvent,
  refusalRules,
  rulesFor,
  type StorageUnderTest,
  storageRules,
  Trial,
} from '../../../../conformance/storage.ts';
import { eventually } from '../../../../eventually.ts';
import { roomyFolder } from '../../../../roomyFolder.ts';

/** The store of this machine on a clock that stands still, with its events collected. */
async function open(): Promise<StorageUnderTest> {
  const directory = await mkdtemp(join(roomyFolder(), 'cloudlib-conformance-'));
  const clock = new VirtualClock(new Date('2026-03-01T10:00:00Z'));
  const told: ObjectEvent[] = [];
  const driver = await LocalStorage.open({
    directory,
    clock,
    presigner: new EndpointPresigner({
      key: { accessKeyId: 'conformance', secretAccessKey: 'not a secret' },
      region: 'us-east-1',
      clock,
      address: () => 'http://127.0.0.1:9000',
    }),
    publish: async (events) => {
      told.push(...events.map(({ id, source, type, data: { bucket, key } }) => ({ id, source, type, bucket, key })));
    },
  });
  await driver.createBucket('last', BucketConfig.decode({}));
  return {
    driver,
    managedKey: 'conformance',
    advance: (milliseconds) => clock.advance(milliseconds),
    events: async () => {
      const key = randomUUID();
      await driver.putObject('last', key, new Uint8Array());
      // Events are told in the order in which they came to be.
      await eventually(() => expect(told.at(-1)?.key).toBe(key));
      return told;
    },
    close: async () => {
      await driver.close();
      await rm(directory, { recursive: true });
    },
  };
}

let under: StorageUnderTest;

beforeAll(async () => {
  under = await open();
});
afterAll(() => under.close());

describe('the object store of this machine', () => {
  test.each(storageRules)('$rule', async ({ check }) => {
    const trial = new Trial(under);
    try {
      await check(trial);
    } finally {
      await trial.clear();
    }
  });

  test('declares every capability, so that it must hold every rule', () => {
    expect(rulesFor(under)).toEqual(storageRules);
  });
});

describe('the suite', () => {
  test('has at least 150 rules, each with a name of its own', () => {
    const names = [...storageRules, ...refusalRules].map(({ rule }) => rule);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(150);
  });

  test.each(refusalRules)('fails a driver that does what it does not declare: $lacks', async ({ lacks, check }) => {
    const capabilities = new Set([...under.driver.capabilities].filter((capability) => capability !== lacks));
    const driver = new Proxy(under.driver, {
      get(target, property): unknown {
        if (property === 'capabilities') return capabilities;
        const member = Reflect.get(target, property) as unknown;
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    expect(rulesFor({ ...under, driver }).map(({ rule }) => rule)).toContain(
      `${lacks} is not declared, so it is refused`,
    );
    const trial = new Trial({ ...under, driver });
    await expect(check(trial)).rejects.toThrow();
    await trial.clear();
  });
});
