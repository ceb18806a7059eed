import { chown, writeFile } from 'node:fs/promises';
import type { Account } from '../account.ts';

/** Writes a file that belongs to the engine's account and that nobody else may read. */
export async function writeFor(
  { account }: { account: Account | undefined },
  path: string,
  text: string,
): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (account) await chown(path, account.uid, account.gid);
}
