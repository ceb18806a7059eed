import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { LocalHost } from '../../../../infra/local/host.ts';
import { startTimeOf } from '../../../../shared/drivers/deploy/local/process.ts';
import { eventually } from '../../../eventually.ts';

const PROGRAM = fileURLToPath(new URL('../../../programs/ownHost.ts', import.meta.url));

test('a process that a killed host left in an endless loop is ended by the next host', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-application-'));
  const killed = spawn(process.execPath, [PROGRAM, directory], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(killed.stdout!, 'data');
  killed.kill('SIGKILL');
  await once(killed, 'exit');
  const database = new DatabaseSync(join(directory, 'state.db'), { readOnly: true });
  const { pid } = database.prepare('select pid from app_workers').get() as { pid: number };
  database.close();
  expect(startTimeOf(pid)).toBeDefined();
  const host = await LocalHost.start({ directory });
  await eventually(() => expect(startTimeOf(pid)).toBeUndefined());
  await host.close();
  rmSync(directory, { recursive: true });
});
