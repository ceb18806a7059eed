import { mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Opens a file; a test hands in one whose disk is full. */
export type OpenFile = (path: string, flags: string, mode?: number) => Promise<FileHandle>;

/**
 * The files of a store's content, named by random ids. A file belongs to the store once the index names it; one that the index does not
 * name is what a process left that died, so it needs no name of its own while it is written.
 */
export class Files {
  /** How many write content now. */
  writers = 0;
  readonly #directory: string;
  readonly #open: OpenFile;
  readonly #folders = new Map<string, Folder>();
  /** How many readers or writers want a file to stay. */
  readonly #held = new Map<string, number>();
  readonly #doomed = new Set<string>();
  /** What nobody waits for but the end of the store. */
  readonly #finishing = new Set<Promise<void>>();
  #closing = false;

  constructor(directory: string, openFile: OpenFile = open) {
    this.#directory = directory;
    this.#open = openFile;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  async create(name: string): Promise<FileHandle> {
    const folder = await this.#folder(name);
    return this.#open(join(folder.path, name), 'wx', 0o600);
  }

  read(name: string): Promise<FileHandle> {
    return this.#open(this.#path(name), 'r');
  }

  /** Makes sure that a crash does not take the name of a file whose bytes are on the disk. */
  async keepName(name: string): Promise<void> {
    await (await this.#folder(name)).sync();
  }

  /** Keeps files from being removed until they are released. */
  hold(names: string[]): void {
    for (const name of names) this.#held.set(name, (this.#held.get(name) ?? 0) + 1);
  }

  release(names: string[]): void {
    for (const name of names) {
      const left = (this.#held.get(name) ?? 1) - 1;
      if (left > 0) this.#held.set(name, left);
      else this.#held.delete(name);
    }
    this.discard(names.filter((name) => this.#doomed.has(name)));
  }

  /** Removes files that the index does not name any more, those that are held once nobody holds them. */
  discard(names: string[]): void {
    for (const name of names) {
      if (this.#held.has(name)) {
        this.#doomed.add(name);
        continue;
      }
      this.#doomed.delete(name);
      // What cannot be removed now is removed by the sweep of the next start.
      this.#later(rm(this.#path(name), { force: true }));
    }
  }

  /** Closes a file whose bytes are on the disk; nobody needs to wait for it. */
  finish(file: FileHandle): void {
    this.#later(file.close());
  }

  /** Resolves when what was discarded is removed and what was written is closed. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all(this.#finishing);
    await Promise.all([...this.#folders.values()].map((folder) => folder.close()));
  }

  /** Removes the files that nobody knows; what it does not come to before the store is closed, the next one does. */
  async sweep(isKnown: (name: string) => boolean): Promise<void> {
    for await (const folder of await opendir(this.#directory)) {
      for await (const { name } of await opendir(join(this.#directory, folder.name))) {
        if (this.#closing) return;
        if (!this.#held.has(name) && !isKnown(name)) await rm(this.#path(name), { force: true });
      }
    }
  }

  #later(work: Promise<void>): void {
    const finishing = work.catch(() => undefined).finally(() => this.#finishing.delete(finishing));
    this.#finishing.add(finishing);
  }

  #path(name: string): string {
    return join(this.#directory, folderOf(name), name);
  }

  async #folder(name: string): Promise<Folder> {
    const key = folderOf(name);
    let folder = this.#folders.get(key);
    if (!folder) {
      folder = new Folder(join(this.#directory, key), this.#directory);
      this.#folders.set(key, folder);
    }
    try {
      await folder.made;
    } catch (error) {
      this.#folders.delete(key);
      throw error;
    }
    return folder;
  }
}

/** Names begin with a ULID, whose last character is random. */
const folderOf = (name: string): string => name.slice(25, 26);

/** One directory; those who want it synced at the same time share the next sync. */
class Folder {
  readonly path: string;
  readonly made: Promise<void>;
  #directory: FileHandle | undefined;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(path: string, parent: string) {
    this.path = path;
    this.made = this.#make(parent);
    this.made.catch(() => undefined);
  }

  sync(): Promise<void> {
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#running = this.#next ?? Promise.resolve();
        this.#next = undefined;
        return this.#directory?.sync();
      });
    return this.#next;
  }

  async close(): Promise<void> {
    await this.made.catch(() => undefined);
    await this.#running.catch(() => undefined);
    await this.#directory?.close();
  }

  async #make(parent: string): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await syncDirectory(parent);
    this.#directory = await open(this.path, 'r');
  }
}

/** Makes sure that a crash does not take the names of what a directory holds. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  await directory.sync().finally(() => directory.close());
}
