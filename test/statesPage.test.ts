import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The blocks of a page that are marked to be run. */
const runnable = (page: string): string[] =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts run\n(.*?)^```$/gms)].map(([, text]) => text!);

describe('docs/states.md', () => {
  test('has an example that passes in a project which depends on cloudlib', async () => {
    const project = mkdtempSync(join(tmpdir(), 'cloudlib-states-page-'));
    mkdirSync(join(project, 'node_modules'));
    symlinkSync(ROOT, join(project, 'node_modules/cloudlib'));
    writeFileSync(join(project, 'package.json'), '{"type":"module"}');
    writeFileSync(join(project, 'example.test.ts'), runnable('docs/states.md').join('\n'));
    const { NODE_OPTIONS: _, ...environment } = process.env;
    const { stdout } = await run(process.execPath, ['--test', '--test-reporter=tap', 'example.test.ts'], {
      cwd: project,
      env: environment,
    });
    expect(stdout).toMatch(/^# pass 2$/m);
    rmSync(project, { recursive: true });
  });
});
