import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { placed, placeOf, placeText } from '../../../shared/core/place.ts';

const make = (): { kind: string } => placed({ kind: 'made' });

describe('the place where a value is written', () => {
  test('is the file of who called its maker', () => {
    expect(placeOf(make())!.file).toBe(fileURLToPath(import.meta.url));
  });

  test('is the line, and the file without what a reload puts behind it', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'cloudlib-place-')));
    const module = JSON.stringify(fileURLToPath(new URL('../../../shared/core/place.ts', import.meta.url)));
    const made = `import { placed, placeOf } from ${module};\nconst make = () => placed({});\n\nconsole.log(JSON.stringify(placeOf(\n  make())));\n`;
    writeFileSync(join(folder, 'made.mts'), made);
    writeFileSync(join(folder, 'main.mts'), `await import('./made.mts?cloudlib=2');`);
    const said = execFileSync(process.execPath, [join(folder, 'main.mts')], { encoding: 'utf8' });
    expect(JSON.parse(said)).toEqual({ file: join(folder, 'made.mts'), line: 5 });
    rmSync(folder, { recursive: true });
  });

  test('is no part of the value', () => {
    expect(JSON.stringify(make())).toBe('{"kind":"made"}');
    expect(placeOf({ ...make() })).toBeUndefined();
    expect(placeOf('text')).toBeUndefined();
  });

  test('is shown from the working folder where it lies below that', () => {
    expect(placeText({ file: join(process.cwd(), 'cloudlib.config.ts'), line: 12 })).toBe('cloudlib.config.ts:12');
    expect(placeText({ file: '/elsewhere/cloudlib.config.ts', line: 1 })).toBe('/elsewhere/cloudlib.config.ts:1');
  });
});
