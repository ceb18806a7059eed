import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VirtualClock } from '../../../../../shared/core/clock.ts';
import { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import type { StorageCapability, StoragePort } from '../../../../../shared/drivers/storage/port.ts';
import {
  type ObjectEvent,
  refusalRules,
  rulesFor,
  type StorageUnderTest,
  storageRules,
  Trial,
} from '../../../../conformance/storage.ts';
import { eventually } from '../../../../eventually.ts';

/** The store of this machine on a clock that stands still, with its events collected. */
async function open(): Promise<StorageUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'cloudlib-conformance-'));
  const clock = new VirtualClock(new Date('2026-03-01T10:00:00Z'));
  const told: ObjectEvent[] = [];
  const driver = await LocalStorage.open({
    directory,
    clock,
    publish: async (events) => {
      for (const { id, source, type, data } of events) told.push({ id, source, type, bucket: data.bucket, key: data.key });
    },
  });
  return {
    driver,
    managedKey: 'conformance',
    advance: (milliseconds) => clock.advance(milliseconds),
    events: async () => {
      await eventually(() => expect(told.at(-1)?.type).toBe('x'));
      return told;
    },
    close: async () => {
      await driver.close();
      await rm(directory, { recursive: true });
    },
  };
}
