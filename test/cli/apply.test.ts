import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RemoteHost } from '../../infra/local/client.ts';
import { readAddress } from '../../infra/local/store/database.ts';
import { eventually } from '../eventually.ts';
import { Folder } from './cloudlib.ts';

const CLOUDLIB = JSON.stringify(fileURLToPath(new URL('../../index.ts', import.meta.url)));

const GREET = (word: string): string => `
import { operation, z } from ${CLOUDLIB};
import { word } from './word.ts';

export const greet = operation({
  name: 'app.greet',
  summary: 'Greet somebody',
  input: z.strictObject({ name: z.string() }),
  output: z.strictObject({ text: z.string() }),
  errors: [],
  idempotency: 'natural',
  example: { name: 'world' },
  run: ({ name }) => ({ text: \`${word} \${word}, \${name}\` }),
});
`;

const CONFIGURATION = (automations: string): string => `
import { defineConfig, event, operation, schedule, workflow } from ${CLOUDLIB};
import { greet } from './greet.ts';

export default defineConfig({
  operations: [greet],
  workflows: { welcome: './welcome.asl.json' },
  automations: {
    ${automations}
  },
});
`;

const ON_VISIT = `greet: {
      on: event({ type: ['shop.visit'] }),
      start: operation(greet, { name: '{% $event.data.name %}' }),
    },`;

const WELCOME = {
  QueryLanguage: 'JSONata',
  StartAt: 'Greet',
  States: { Greet: { Type: 'Task', Resource: 'cloudlib:app.greet', End: true } },
};

function fill(folder: Folder): void {
  folder.write('package.json', { type: 'module' });
  folder.write('word.ts', `export const word: string = 'there';`);
  folder.write('greet.ts', GREET('Hello'));
  folder.write('welcome.asl.json', WELCOME);
  folder.write('cloudlib.config.ts', CONFIGURATION(ON_VISIT));
}

describe('cloudlib apply', () => {
  const folder = new Folder();
  // What is not about the command is asked of the host itself, which takes no process.
  const host = (): RemoteHost => new RemoteHost(readAddress(join(folder.path, '.cloudlib'))!);
  const greeting = (): Promise<unknown> => host().invoke('app.greet', { name: 'Ada' });
  const refusal = async (): Promise<string> =>
    (
      await host()
        .application.plan()
        .catch((error) => error)
    ).message;

  beforeAll(async () => {
    fill(folder);
    const { code, stderr } = await folder.run(['start', '--detach', '--port', '0']);
    if (code !== 0) throw new Error(stderr);
  });
  afterAll(() => folder.remove());

  test('has nothing to do while nothing has changed', async () => {
    expect(await folder.run(['apply'])).toMatchObject({ code: 0, stdout: 'nothing has changed\n' });
  });

  test('lists, describes and calls the operations of the application as built-in ones', async () => {
    expect((await folder.run(['operations', 'app'])).stdout).toMatch(/app\.greet +Greet somebody/);
    expect((await folder.run(['operations', 'app.greet'])).stdout).toMatch(/Input\n +name +text/);
    expect(await greeting()).toEqual({ text: 'Hello there, Ada' });
  });

  test('refuses a broken file with its place, and changes nothing', async () => {
    folder.write('word.ts', 'export const word: string =\n  = 1;');
    const broken = await folder.run(['apply', '--yes']);
    expect(broken).toMatchObject({ code: 2, stderr: expect.stringMatching(/word\.ts:2\)/) });
    folder.write('word.ts', `export const word: string = 'there';`);
    folder.write('cloudlib.config.ts', CONFIGURATION(ON_VISIT.replace('operation(greet', `operation('app.absent'`)));
    expect(await refusal()).toMatch(
      /automation "greet": there is no operation "app.absent".*cloudlib\.config\.ts:11\)/,
    );
    folder.write('cloudlib.config.ts', CONFIGURATION(ON_VISIT));
    folder.write('welcome.asl.json', { ...WELCOME, StartAt: 'Gret' });
    expect(await refusal()).toMatch(/workflow "welcome" \(.*welcome\.asl\.json\): \/StartAt: /);
    folder.write('welcome.asl.json', JSON.stringify(WELCOME).replace('app.greet', 'app.gret'));
    expect(await refusal()).toContain('/States/Greet/Resource: there is no operation "app.gret"');
    folder.write('welcome.asl.json', WELCOME);
    expect((await host().application.plan()).changes).toEqual([]);
    expect(await greeting()).toEqual({ text: 'Hello there, Ada' });
  });

  test('shows what is different, and without somebody to ask applies nothing', async () => {
    folder.write('word.ts', `export const word: string = 'again';`);
    folder.write(
      'cloudlib.config.ts',
      CONFIGURATION(`${ON_VISIT.replace('shop.visit', 'shop.visitor')}
    nightly: { on: schedule('rate(1 day)'), start: workflow('welcome', { name: 'night' }) },`),
    );
    const { code, stderr } = await folder.run(['apply']);
    expect(code).toBe(2);
    expect(stderr.split('\n').slice(0, 4)).toEqual([
      '~ automation greet: /on/pattern/type',
      '+ schedule nightly',
      '~ file cloudlib.config.ts',
      '~ file word.ts',
    ]);
    expect(stderr).toContain('nothing was applied');
    expect((await host().bus.rules()).map(({ name }) => name)).toEqual(['greet']);
  });

  test('applies it with --yes: rules, schedules and the code of operations', async () => {
    expect(await folder.run(['apply', '--yes'])).toMatchObject({ code: 0, stdout: '✔ applied\n' });
    expect(await greeting()).toEqual({ text: 'Hello again, Ada' });
    expect((await host().bus.schedules()).map(({ name }) => name)).toEqual(['nightly']);
    const visit = {
      specversion: '1.0' as const,
      id: 'v1',
      source: '/shop',
      type: 'shop.visitor',
      time: '2027-01-01T00:00:00Z',
    };
    await host().bus.publish([{ ...visit, data: { name: 'Bob' } }]);
    const delivered = await eventually(async () => {
      const [record] = await host().bus.find('v1');
      expect(record!.deliveries[0]!.status).toBe('DELIVERED');
      return record!.deliveries;
    });
    expect(delivered).toMatchObject([{ rule: 'greet', result: { text: 'Hello again, Bob' } }]);
  });
});

test('cloudlib start --watch applies what is saved, and says what was wrong with what it did not apply', async () => {
  const folder = new Folder();
  fill(folder);
  const { code, stderr } = await folder.run(['start', '--detach', '--watch', '--port', '0']);
  if (code !== 0) throw new Error(stderr);
  const log = (): string => readFileSync(join(folder.path, '.cloudlib', 'host.log'), 'utf8');
  folder.write('greet.ts', 'export const greet = broken;');
  await eventually(() => expect(log()).toMatch(/not applied: .*broken is not defined \(greet\.ts:1\)/));
  folder.write('greet.ts', GREET('Good morning'));
  await eventually(() => expect(log()).toMatch(/applied the configuration:\n +~ file greet\.ts/));
  const host = new RemoteHost(readAddress(join(folder.path, '.cloudlib'))!);
  expect(await host.invoke('app.greet', { name: 'Ada' })).toEqual({ text: 'Good morning there, Ada' });
  await folder.remove();
});
