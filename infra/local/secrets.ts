import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CloudError } from '../../shared/core/errors.ts';

/** The variable of the environment that may hold a secret: `CLOUDLIB_SECRET_GITHUB_WEBHOOK` for `github-webhook`. */
export const variableOf = (name: string): string => `CLOUDLIB_SECRET_${name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;

/** Secrets by name, from the environment or from a file of mode 600 under `secrets/` in the state directory. */
export class Secrets {
  readonly #directory: string;
  readonly #environment: NodeJS.ProcessEnv;

  constructor(directory: string, environment: NodeJS.ProcessEnv = process.env) {
    this.#directory = join(directory, 'secrets');
    this.#environment = environment;
  }

  /** The value; one that is being rotated may hold several, a line each. */
  read(name: string): string {
    const path = this.#path(name);
    return this.#environment[variableOf(name)] ?? this.#readFile(name, path);
  }

  /** The value, or undefined when there is no secret of that name. */
  find(name: string): string | undefined {
    const path = this.#path(name);
    const known = variableOf(name) in this.#environment || existsSync(path);
    return known ? this.read(name) : undefined;
  }

  /** Keeps a value in a file of its own, in place of an earlier one. */
  write(name: string, value: string): void {
    const path = this.#path(name);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, `${value}\n`, { mode: 0o600, flush: true });
    renameSync(`${path}.new`, path);
  }

  /** Forgets the value that was kept in a file. */
  remove(name: string): void {
    rmSync(this.#path(name), { force: true });
  }

  #path(name: string): string {
    if (!/^[A-Za-z0-9][\w./-]*$/.test(name) || name.includes('..')) {
      throw new CloudError('InvalidInput', `secret name ${JSON.stringify(name)}: use letters, digits and - _ . / only`);
    }
    return join(this.#directory, name);
  }

  #readFile(name: string, path: string): string {
    let mode: number;
    try {
      mode = statSync(path).mode;
    } catch {
      throw new CloudError(
        'NotFound',
        `secret "${name}" is not set; set the variable ${variableOf(name)}, or write the file ${path} with mode 600`,
        {
          details: { resource: `secret ${name}` },
        },
      );
    }
    if (mode & 0o077)
      throw new CloudError('Unauthorized', `secret "${name}": others may read its file; run chmod 600 ${path}`);
    return readFileSync(path, 'utf8').trimEnd();
  }
}
