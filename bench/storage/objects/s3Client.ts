import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { presign } from '../../../shared/semantics/sigv4/index.ts';
import { BUCKET, type ObjectStore } from './contender.ts';

/** The keys that the servers of the bench are started with. */
export const KEYS = { accessKeyId: 'bench', secretAccessKey: 'bench-secret-key' };

/** A client that costs little: a signature and a request, the same for every server. */
export class S3Client implements Omit<ObjectStore, 'close'> {
  readonly #address: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(address: string) {
    this.#address = address;
  }

  async createBucket(): Promise<void> {
    await this.#send('PUT', `/${BUCKET}`);
  }

  put(key: string, content: Buffer): Promise<number> {
    return this.#send('PUT', `/${BUCKET}/${key}`, content);
  }

  get(key: string): Promise<number> {
    return this.#send('GET', `/${BUCKET}/${key}`);
  }

  /** Resolves to the size of the answer when all of it has come. */
  async #send(method: string, path: string, content?: Buffer): Promise<number> {
    const { host } = new URL(this.#address);
    const signed = presign(
      { method, path, query: [], headers: { host } },
      { key: KEYS, region: 'us-east-1', time: new Date(), expiresIn: 60 },
    );
    const headers = { 'content-length': content?.length ?? 0 };
    const call = request(`${this.#address}${signed}`, { method, agent: this.#agent, headers });
    call.end(content);
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    let size = 0;
    for await (const chunk of answer) size += (chunk as Buffer).length;
    if (answer.statusCode !== 200) throw new Error(`${method} ${path} was answered ${answer.statusCode}`);
    return size;
  }

  close(): void {
    this.#agent.destroy();
  }
}
