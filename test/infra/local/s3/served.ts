import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { type AccessKey, accountOf } from '../../../../infra/local/s3/accounts.ts';
import { StorageServer } from '../../../../infra/local/s3/storageServer.ts';
import type { Clock } from '../../../../shared/core/clock.ts';

const key = (accessKeyId: string): AccessKey => ({
  accessKeyId,
  secretAccessKey: `${accessKeyId}-secret`,
  account: { ...accountOf(accessKeyId), email: `${accessKeyId}@example.com` },
});

/** The owner of what the tests make, and somebody else. */
export const OWNER = key('owner');
export const OTHER = key('other');

/** A served store in a folder of its own, with SDK clients for its accounts. */
export class Served {
  readonly server: StorageServer;
  readonly owner: S3Client;
  readonly other: S3Client;
  readonly anyone: S3Client;
  /** Errors that nobody foresaw: there should be none. */
  readonly unforeseen: unknown[];
  readonly #directory: string;
  #buckets = 0;

  private constructor(server: StorageServer, directory: string, unforeseen: unknown[]) {
    this.server = server;
    this.unforeseen = unforeseen;
    this.#directory = directory;
    const { url: endpoint } = server;
    const common = { endpoint, region: 'us-east-1', maxAttempts: 1, forcePathStyle: true };
    this.owner = new S3Client({ ...common, credentials: OWNER });
    this.other = new S3Client({ ...common, credentials: OTHER });
    this.anyone = new S3Client({ ...common, credentials: OTHER, signer: { sign: async (request) => request } });
  }

  static async start(clock?: Clock): Promise<Served> {
    const directory = mkdtempSync(join(tmpdir(), 'cloudlib-s3-'));
    const unforeseen: unknown[] = [];
    const server = await StorageServer.open({
      ...{ directory, keys: [OWNER, OTHER], port: 0 },
      ...(clock && { clock }),
      onError: (error) => unforeseen.push(error),
    });
    return new Served(server, directory, unforeseen);
  }

  get url(): string {
    return this.server.url;
  }

  /** The name of a bucket that no other test uses. */
  newName(): string {
    return `bucket-${process.pid}-${++this.#buckets}`;
  }

  async close(): Promise<void> {
    for (const client of [this.owner, this.other, this.anyone]) client.destroy();
    await this.server.close();
    rmSync(this.#directory, { recursive: true });
  }

  /** Sends bytes as they are on a connection of their own, and gives what comes back until it is closed. */
  raw(text: string | Uint8Array): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(this.url).port), '127.0.0.1');
      let received = '';
      socket.on('data', (data) => {
        received += data.toString('latin1');
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
      socket.end(text);
    });
  }
}

/** The status and the code that a request fails with; it is an error when it succeeds. */
export async function refusal(request: Promise<unknown>): Promise<[number | undefined, string]> {
  try {
    await request;
  } catch (error) {
    if (error instanceof S3ServiceException) return [error.$metadata.httpStatusCode, error.name];
    throw error;
  }
  throw new Error('the request succeeded');
}

/** The code in an error's document. */
export const codeOf = (document: string): string | undefined => /<Code>(.*?)<\/Code>/.exec(document)?.[1];
