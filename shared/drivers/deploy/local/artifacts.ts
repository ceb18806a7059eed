import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CloudError } from '../../../core/errors.ts';
import type { Artifact } from '../../../types/deploy.ts';
import { cloudError } from '../../../types/errors.ts';
import type { StoragePort } from '../../storage/port.ts';
import { askContainerEngines } from './containerEngine.ts';

/** The largest artifact that is fetched from a URL or from object storage, in bytes. */
const LARGEST_DOWNLOAD = 4 * 1024 ** 3;

/** What file systems take, in bytes. */
const LONGEST_NAME = 255;

/** An artifact as a replica finds it: a file or folder that does not change, or an image. */
export type ResolvedArtifact = Pick<Artifact, 'name' | 'type'> & ({ path: string } | { image: string; engine: string });

/** The object storage that artifacts may come from. */
export type Objects = Pick<StoragePort, 'getObject'>;

export interface ArtifactStoreOptions {
  directory: string;
  secret(name: string): Promise<string>;
  objects?: Objects;
  largestDownload?: number;
}

/**
 * Brings artifacts to this machine: copied by checksum into a store of their own, read only, so that a revision runs what it was created
 * with. A checksum that does not match is refused before anything starts.
 */
export class ArtifactStore {
  readonly #directory: string;
  readonly #secret: (name: string) => Promise<string>;
  readonly #objects: Objects | undefined;
  readonly #largestDownload: number;

  constructor({ directory, secret, objects, largestDownload = LARGEST_DOWNLOAD }: ArtifactStoreOptions) {
    this.#directory = directory;
    this.#secret = secret;
    this.#objects = objects;
    this.#largestDownload = largestDownload;
  }

  /** The artifact with its checksum, once it is in the store. */
  async fetch(artifact: Artifact): Promise<Artifact> {
    const { name, source } = artifact;
    if (source.kind === 'Registry') {
      await requireEngine(name);
      return artifact;
    }
    if (source.kind === 'Remote' && source.credentials) throw namesNoSecret(name);
    if (this.#kept(artifact)) return artifact;
    return { ...artifact, checksum: `sha256:${await this.#fetch(artifact)}` };
  }

  /** An artifact that was fetched, as a replica finds it. */
  async resolve(artifact: Artifact): Promise<ResolvedArtifact> {
    const { name, type, source } = artifact;
    if (source.kind === 'Registry') {
      return {
        name,
        type,
        image: `${source.registry}/${source.name}:${source.tag}`,
        engine: await requireEngine(name),
      };
    }
    const path = this.#kept(artifact);
    if (path) return { name, type, path };
    throw cloudError(
      'DeploymentError.ArtifactNotFound',
      `artifact "${name}": it was not fetched to this machine; deploy it again`,
      { artifact: name },
    );
  }

  /** Where it is kept: under its own file name, because that says how a program reads it (`.mjs`). */
  #kept({ checksum, source }: Artifact): string | undefined {
    const path = checksum && join(this.#directory, checksum.replace('sha256:', ''), fileNameOf(source));
    return path && existsSync(path) ? path : undefined;
  }

  async #fetch(artifact: Artifact): Promise<string> {
    const { name, source } = artifact;
    switch (source.kind) {
      case 'Local':
        return this.#copy(artifact, resolve(source.path));
      case 'Remote':
        return this.#download(artifact, source);
      case 'Storage':
        return this.#read(artifact, source);
      default:
        throw new CloudError('Internal', `artifact "${name}": a ${source.kind} source is no file`);
    }
  }

  async #read(artifact: Artifact, { bucket, key }: Extract<Artifact['source'], { kind: 'Storage' }>): Promise<string> {
    if (!this.#objects) {
      throw new CloudError(
        'Unimplemented',
        `artifact "${artifact.name}": there is no object storage here to fetch it from; use a Local or Remote source`,
      );
    }
    try {
      const { content } = await this.#objects.getObject(bucket, key);
      return await this.#incoming(artifact, (copy) => this.#write(content, copy));
    } catch (cause) {
      if (cause instanceof CloudError && !cause.code.startsWith('StorageError.')) throw cause;
      throw notFetched(artifact.name, `storage://${bucket}/${key}`, cause);
    }
  }

  #write(content: ReadableStream<Uint8Array>, file: string): Promise<void> {
    const limited = atMost(this.#largestDownload);
    return pipeline(Readable.fromWeb(content as never), limited, createWriteStream(file, { mode: 0o600 }));
  }

  async #copy(artifact: Artifact, path: string): Promise<string> {
    if (!existsSync(path)) {
      throw cloudError(
        'DeploymentError.ArtifactNotFound',
        `artifact "${artifact.name}": there is no file at ${path}; correct its path`,
        {
          artifact: artifact.name,
        },
      );
    }
    return this.#incoming(artifact, (copy) => cp(path, copy, { recursive: true, dereference: true }));
  }

  async #download(artifact: Artifact, source: Extract<Artifact['source'], { kind: 'Remote' }>): Promise<string> {
    try {
      const headers: Record<string, string> = source.credential
        ? { authorization: `Bearer ${await this.#secret(source.credential)}` }
        : {};
      const answer = await fetch(source.url, { headers, signal: AbortSignal.timeout(15 * 60_000) });
      if (!answer.ok || !answer.body) {
        await answer.body?.cancel();
        throw new Error(`the server answered ${answer.status}`);
      }
      const { body } = answer;
      return await this.#incoming(artifact, (copy) => this.#write(body, copy));
    } catch (cause) {
      if (cause instanceof CloudError) throw cause;
      const { origin, pathname } = new URL(source.url);
      throw notFetched(artifact.name, `${origin}${pathname}`, cause);
    }
  }

  /** Lets `bring` put the artifact into a folder of its own, and moves it into the store when it is what was expected. */
  async #incoming(artifact: Artifact, bring: (copy: string) => Promise<unknown>): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    const temporary = await mkdtemp(join(this.#directory, '.incoming-'));
    try {
      const copy = join(temporary, fileNameOf(artifact.source));
      await bring(copy);
      return await this.#keep(artifact, copy);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }

  async #keep(artifact: Artifact, copy: string): Promise<string> {
    const digest = await digestOf(copy);
    const expected = artifact.checksum?.replace('sha256:', '');
    if (expected !== undefined && expected !== digest) {
      throw cloudError(
        'DeploymentError.ChecksumMismatch',
        `artifact "${artifact.name}": its checksum is sha256:${digest}, but sha256:${expected} was expected; nothing was started`,
        { artifact: artifact.name, expected: `sha256:${expected}`, actual: `sha256:${digest}` },
      );
    }
    const kept = join(this.#directory, digest, basename(copy));
    if (existsSync(kept)) return digest;
    await readOnly(copy);
    await mkdir(dirname(kept), { recursive: true });
    await rename(copy, kept).catch((error) => {
      if (!existsSync(kept)) throw error;
    });
    return digest;
  }
}

function fileNameOf(source: Artifact['source']): string {
  const name = basename(resolve(pathOf(source)));
  return name !== '' && Buffer.byteLength(name) <= LONGEST_NAME ? name : 'artifact';
}

function pathOf(source: Artifact['source']): string {
  switch (source.kind) {
    case 'Local':
      return source.path;
    case 'Remote':
      return new URL(source.url).pathname;
    case 'Storage':
      // Keys hold characters that file names cannot.
      return source.key.replaceAll('\0', '_');
    default:
      return '';
  }
}

function notFetched(name: string, place: string, cause: unknown): CloudError {
  const message = `artifact "${name}": could not fetch ${place}: ${reasonOf(cause)}`;
  return cloudError('DeploymentError.ArtifactNotFound', message, { artifact: name }, cause);
}

/** What `fetch` says is "fetch failed"; why, it says in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error };
  return cause?.message || message;
}

/** The SHA-256 of a file; of a folder, that of its sorted list of paths and digests. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  if ((await stat(path)).isFile()) {
    await pipeline(createReadStream(path), hash);
    return hash.digest('hex');
  }
  for (const name of (await readdir(path)).sort()) {
    hash.update(`${name}\0${await digestOf(join(path, name))}\n`);
  }
  return hash.digest('hex');
}

async function readOnly(path: string): Promise<void> {
  const status = await stat(path);
  if (status.isFile()) return chmod(path, 0o444 | (status.mode & 0o111));
  for (const name of await readdir(path)) await readOnly(join(path, name));
}

function atMost(bytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      done(seen > bytes ? new Error(`it is larger than the limit of ${bytes} bytes`) : null, chunk);
    },
  });
}

/** The container engine that answers here. */
async function requireEngine(artifact: string): Promise<string> {
  const answers = await askContainerEngines();
  const found = answers.find((answer) => 'version' in answer);
  if (found) return found.engine;
  const reasons = answers.map((answer) => `${answer.engine} ${'reason' in answer && answer.reason}`).join(', ');
  throw cloudError(
    'DeploymentError.ResourceNotAvailable',
    `artifact "${artifact}": an image needs a container engine, and none answers here (${reasons}); start one, or deploy a model or a program`,
    { resource: 'container engine' },
  );
}

function namesNoSecret(artifact: string): CloudError {
  return new CloudError(
    'InvalidInput',
    `artifact "${artifact}": credentials do not travel in a request; store them as a secret and name it in "credential"`,
  );
}
