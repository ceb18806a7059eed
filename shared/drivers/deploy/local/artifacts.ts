import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, readdirSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CloudError } from '../../../core/errors.ts';
import type { Artifact } from '../../../types/deploy.ts';
import { cloudError } from '../../../types/errors.ts';

/** The largest artifact that is fetched from a URL, in bytes. */
const LARGEST_DOWNLOAD = 4 * 1024 ** 3;

/** An artifact as a replica finds it: a file or folder that does not change, or an image. */
export type ResolvedArtifact = Pick<Artifact, 'name' | 'type'> & ({ path: string } | { image: string });

/**
 * Brings artifacts to this machine: copied by checksum into a store of their own, read only, so that a revision runs what it was created
 * with. A checksum that does not match is refused before anything starts.
 */
export class ArtifactStore {
  readonly #directory: string;
  readonly #secret: (name: string) => Promise<string>;

  constructor(directory: string, secret: (name: string) => Promise<string>) {
    this.#directory = directory;
    this.#secret = secret;
  }

  /** The artifact with its checksum, once it is in the store. */
  async fetch(artifact: Artifact): Promise<Artifact> {
    if (artifact.source.kind === 'Registry') return artifact;
    if (this.#kept(artifact)) return artifact;
    return { ...artifact, checksum: `sha256:${await this.#fetch(artifact)}` };
  }

  /** An artifact that was fetched, as a replica finds it. */
  resolve(artifact: Artifact): ResolvedArtifact {
    const { name, type, source } = artifact;
    if (source.kind === 'Registry') return { name, type, image: `${source.registry}/${source.name}:${source.tag}` };
    const path = this.#kept(artifact);
    if (path) return { name, type, path };
    throw cloudError(
      'DeploymentError.ArtifactNotFound',
      `artifact "${name}": it was not fetched to this machine; deploy it again`,
      { artifact: name },
    );
  }

  #kept({ checksum }: Artifact): string | undefined {
    const folder = checksum && join(this.#directory, checksum.replace('sha256:', ''));
    if (!folder || !existsSync(folder)) return undefined;
    return join(folder, readdirSync(folder)[0]!);
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
    const temporary = await this.#temporary();
    const copy = join(temporary, basename(path));
    await cp(path, copy, { recursive: true, dereference: true });
    return this.#keep(artifact, temporary, copy);
  }

  async #download(artifact: Artifact, source: Extract<Artifact['source'], { kind: 'Remote' }>): Promise<string> {
    const temporary = await this.#temporary();
    const copy = join(temporary, basename(new URL(source.url).pathname) || 'artifact');
    try {
      const headers: Record<string, string> = source.credential
        ? { authorization: `Bearer ${await this.#secret(source.credential)}` }
        : {};
      const answer = await fetch(source.url, { headers, signal: AbortSignal.timeout(15 * 60_000) });
      if (!answer.ok || !answer.body) throw new Error(`the server answered ${answer.status}`);
      await pipeline(
        Readable.fromWeb(answer.body as never),
        atMost(LARGEST_DOWNLOAD),
        createWriteStream(copy, { mode: 0o600 }),
      );
    } catch (cause) {
      await rm(temporary, { recursive: true, force: true });
      throw cloudError(
        'DeploymentError.ArtifactNotFound',
        `artifact "${artifact.name}": could not fetch ${source.url}: ${(cause as Error).message}`,
        { artifact: artifact.name },
        cause,
      );
    }
    return this.#keep(artifact, temporary, copy);
  }

  async #keep(artifact: Artifact, temporary: string, copy: string): Promise<string> {
    const digest = await digestOf(copy);
    const expected = artifact.checksum?.replace('sha256:', '');
    if (expected !== undefined && expected !== digest) {
      await rm(temporary, { recursive: true, force: true });
      throw cloudError(
        'DeploymentError.ChecksumMismatch',
        `artifact "${artifact.name}": its checksum is sha256:${digest}, but sha256:${expected} was expected; nothing was started`,
        { artifact: artifact.name, expected: `sha256:${expected}`, actual: `sha256:${digest}` },
      );
    }
    const kept = join(this.#directory, digest);
    if (!existsSync(kept)) {
      await readOnly(copy);
      await rename(temporary, kept).catch(() => undefined);
    }
    await rm(temporary, { recursive: true, force: true });
    return digest;
  }

  async #temporary(): Promise<string> {
    await mkdir(this.#directory, { recursive: true });
    return mkdtemp(join(this.#directory, '.incoming-'));
  }
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
  if ((await stat(path)).isFile()) return chmod(path, 0o444);
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
