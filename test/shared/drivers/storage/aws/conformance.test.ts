import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { accountOf } from '../../../../../infra/local/s3/accounts.ts';
import { StorageServer } from '../../../../../infra/local/s3/storageServer.ts';
import { AwsClients } from '../../../../../shared/drivers/clients/aws.ts';
import { AwsStorage } from '../../../../../shared/drivers/storage/aws/index.ts';
import {
  refusalRules,
  rulesFor,
  type StorageRule,
  type StorageUnderTest,
  storageRules,
  Trial,
} from '../../../../conformance/storage.ts';
import { roomyFolder } from '../../../../roomyFolder.ts';

const KEY = { accessKeyId: 'conformance', secretAccessKey: 'not a secret' };

/** The S3 driver, talking through the unmodified SDK to the S3 interface of a store of this machine. */
async function open(): Promise<StorageUnderTest> {
  const directory = await mkdtemp(join(roomyFolder(), 'cloudlib-s3-driver-'));
  const server = await StorageServer.open({
    directory,
    keys: [{ ...KEY, account: accountOf(KEY.accessKeyId) }],
    port: 0,
  });
  const clients = new AwsClients({ region: 'eu-central-1', endpoint: server.url, credentials: KEY });
  return {
    driver: await AwsStorage.open(clients),
    managedKey: 'conformance',
    close: async () => {
      await clients.close();
      await server.close();
      await rm(directory, { recursive: true });
    },
  };
}

let under: StorageUnderTest;

beforeAll(async () => {
  under = await open();
});
afterAll(() => under.close());

const meant = (rule: StorageRule): boolean =>
  rule.needs.every((need) => need !== 'events' && need !== 'trailingChecksums') &&
  rule.with.every((part) => part === 'managedKey');

/** What the driver declares it holds, and what it does not it refuses. */
const rules = [...storageRules.filter(meant), ...refusalRules.filter(({ lacks }) => lacks === 'trailingChecksums')];

describe('the S3 driver over the S3 interface of this machine', () => {
  test.each(rules)('$rule', async ({ check }) => {
    const trial = new Trial(under);
    try {
      await check(trial);
    } finally {
      await trial.clear();
    }
  });

  test('is held to every rule that it declares to hold', () => {
    expect(rulesFor(under).filter(meant)).toEqual(rules);
  });
});
