import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CloudError } from '../../../shared/core/errors.ts';
import { decode } from '../../../shared/core/validation.ts';
import type { SigningKey } from '../../../shared/semantics/sigv4/index.ts';
import { type AccessKey, accountOf } from './accounts.ts';

const Text = z.string().min(1).max(1024);

/** A file of access keys, each with the account that it signs for; keys of one id are one account. */
const KeyFile = z.array(
  z.strictObject({
    accessKeyId: Text.regex(/^[\w.-]+$/, 'letters, digits and - _ . expected'),
    secretAccessKey: Text,
    id: Text.optional().describe('the canonical user id of the account'),
    displayName: Text.optional(),
    email: Text.optional(),
  }),
);

export const ACCESS_KEY_ID = 'CLOUDLIB_ACCESS_KEY_ID';
export const SECRET_ACCESS_KEY = 'CLOUDLIB_SECRET_ACCESS_KEY';

/** The keys of an endpoint: the main one from the environment, further ones from a file. Neither ever comes from the command line. */
export function readKeys(environment: NodeJS.ProcessEnv, file?: string): [AccessKey, ...AccessKey[]] {
  const accessKeyId = required(environment, ACCESS_KEY_ID);
  const secretAccessKey = required(environment, SECRET_ACCESS_KEY);
  const others = file === undefined ? [] : readKeyFile(file);
  // The file may say more of the main account, but not replace its secret.
  const described = others.find((key) => key.accessKeyId === accessKeyId);
  const main = { accessKeyId, secretAccessKey, account: described?.account ?? accountOf(accessKeyId) };
  return [main, ...others.filter((key) => key !== described)];
}

function required(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new CloudError(
    'InvalidInput',
    `${name} is not set: requests are signed with it; set ${ACCESS_KEY_ID} and ${SECRET_ACCESS_KEY} to any pair that you choose`,
    {
      details: { issues: [{ path: name, message: 'is required' }] },
    },
  );
}

function readKeyFile(path: string): AccessKey[] {
  let text: string;
  try {
    if (statSync(path).mode & 0o077) {
      throw new CloudError('Unauthorized', `key file ${path}: others may read it; run chmod 600 ${path}`);
    }
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof CloudError) throw error;
    throw new CloudError('NotFound', `key file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code}`, {
      details: { resource: `file ${path}` },
    });
  }
  return decode(KeyFile, parseJson(text, path), `key file ${path}`).map(
    ({ accessKeyId, secretAccessKey, ...account }) => ({
      accessKeyId,
      secretAccessKey,
      account: { ...accountOf(accessKeyId), ...account },
    }),
  );
}

/** The error must not show what stands in the file. */
function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CloudError(
      'InvalidInput',
      `key file ${path} is not JSON; write a list of {"accessKeyId": …, "secretAccessKey": …}`,
    );
  }
}

/** The key of a host's own endpoint: made once for a state directory, readable by its owner alone. */
export function hostKey(directory: string): SigningKey {
  const path = join(directory, 's3-key.json');
  if (!existsSync(path)) {
    const made = { accessKeyId: 'cloudlib', secretAccessKey: randomBytes(30).toString('base64url') };
    writeFileSync(path, JSON.stringify(made), { mode: 0o600 });
  }
  return JSON.parse(readFileSync(path, 'utf8'));
}
