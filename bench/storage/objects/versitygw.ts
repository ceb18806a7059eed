import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const VERSION = 'v1.8.0';

/** The program of the peer, built where it is missing; undefined with a note where that cannot be. */
export function versitygw(note: (text: string) => void): string | undefined {
  const folder = join(tmpdir(), `cloudlib-bench-versitygw-${VERSION}`);
  const program = join(folder, 'versitygw');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const { status, error, stderr } = spawnSync(
    'go',
    ['install', `github.com/versity/versitygw/cmd/versitygw@${VERSION}`],
    {
      env: { ...process.env, GOBIN: folder },
      encoding: 'utf8',
    },
  );
  if (status === 0) return program;
  const why = error
    ? 'there is no Go here to build it with'
    : `it could not be built: ${stderr.trim().split('\n').at(-1)}`;
  note(`SKIPPED: the S3-compatible peer versitygw ${VERSION}: ${why}`);
  return undefined;
}
