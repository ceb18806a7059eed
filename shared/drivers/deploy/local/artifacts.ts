import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CloudError } from '../../../core/errors.ts';
import type { Artifact } from '../../../types/deploy.ts';
import { cloudError } from '../../../types/errors.ts';
import { askContainerEngines } from './containerEngine.ts';

/** The largest artifact that is fetched from a URL, in bytes. */
const LARGEST_DOWNLOAD = 4 * 1024 ** 3;

/** An artifact as a replica finds it: a file or folder that does not change, or an image. */
export type ResolvedArtifact = Pick<Artifact, 'name' | 'type'> & ({ path: string } | { image: string; engine: string });

/**
 * Brings artifacts to this machine: copied by checksum into a store of their own, read only, so that a revision runs what it was created
 * with. A checksum that does not match is refused before anything starts.
 */
export class ArtifactStore {
  readonly #directory: string;
  readonly #secret: (name: string) => Promise<string>;
  readonly #largestDownload: number;

  constructor(directory: string, secret: (name: string) => Promise<string>, largestDownload = LARGEST_DOWNLOAD) {
    this.#directory = directory;
    this.#secret = secret;
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
      default:
        throw new CloudError(
          'Unimplemented',
          `artifact "${name}": a ${source.kind} source cannot be fetched on this machine yet; use a Local or Remote one`,
        );
    }
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
      return await this.#incoming(artifact, (copy) =>
        pipeline(
          Readable.fromWeb(body as never),
          atMost(this.#largestDownload),
          createWriteStream(copy, { mode: 0o600 }),
        ),
      );
    } catch (cause) {
      if (cause instanceof CloudError) throw cause;
      const { origin, pathname } = new URL(source.url);
      throw cloudError(
        'DeploymentError.ArtifactNotFound',
        `artifact "${artifact.name}": could not fetch ${origin}${pathname}: ${reasonOf(cause)}`,
        { artifact: artifact.name },
        cause,
      );
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
  const path = source.kind === 'Remote' ? new URL(source.url).pathname : source.kind === 'Local' ? source.path : '';
  return basename(resolve(path)) || 'artifact';
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
