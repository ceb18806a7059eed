import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
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
    if (!/^[A-Za-z0-9][\w./-]*$/.test(name) || name.includes('..')) {
      throw new CloudError('InvalidInput', `secret name ${JSON.stringify(name)}: use letters, digits and - _ . / only`);
    }
    return this.#environment[variableOf(name)] ?? this.#readFile(name);
  }

  #readFile(name: string): string {
    const path = join(this.#directory, name);
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
