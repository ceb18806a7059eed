import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Folder } from '../../cli/cloudlib.ts';
import { eventually } from '../../eventually.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/imagePipeline/', import.meta.url));
/** A PNG of 1 × 1 pixels. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

const folder = new Folder();
const run = promisify(execFile);

beforeAll(async () => {
  const started = await folder.run(['start', '--detach', '--port', '0', '--config', `${EXAMPLE}cloudlib.config.ts`]);
  expect([started.code, started.stderr]).toEqual([0, expect.any(String)]);
  const environment = { ...process.env, CLOUDLIB_STATE: `${folder.path}/.cloudlib` };
  for (let again = 0; again < 2; again++) {
    const { stdout } = await run(process.execPath, [`${EXAMPLE}setUp.ts`], { env: environment, cwd: folder.path });
    expect(stdout).toContain('are there');
  }
}, 60_000);
afterAll(() => folder.remove());

const upload = (key: string, content: string): Promise<unknown> =>
  folder.run(['storage', 'cp', '-', `storage://uploads/${key}`], content);

async function noted(key: string): Promise<unknown> {
  const input = JSON.stringify({ table: 'images', key: { key } });
  const { value } = await folder.json<{ item?: unknown }>(['invoke', 'nosql.getItem', '--input', '-'], input);
  return value.item;
}

test('an uploaded image is noted in the table, and forgotten when it is deleted', async () => {
  writeFileSync(`${folder.path}/cat.png`, PNG);
  await folder.run(['storage', 'cp', 'cat.png', 'storage://uploads/photos/']);
  await eventually(async () =>
    expect(await noted('photos/cat.png')).toMatchObject({ format: 'png', width: 1, height: 1, bytes: PNG.length }),
  );
  await folder.run(['storage', 'rm', 'storage://uploads/photos/cat.png']);
  await eventually(async () => expect(await noted('photos/cat.png')).toBeUndefined());
}, 60_000);

test('an upload that is no image ends among the dead letters, with the reason', async () => {
  await upload('notes.txt', 'no image');
  await eventually(async () => {
    const { stdout } = await folder.run(['events', 'redrive', '--list']);
    expect(stdout).toContain('is no PNG, JPEG or GIF');
  });
}, 60_000);
