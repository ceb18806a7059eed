import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { EngineHost } from '../infra/local/engineHost.ts';
import { Folder } from './cloudlib.ts';

const GOOD = { StartAt: 'A', States: { A: { Type: 'Pass', End: true } } };
const BAD = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' }, 'C/D': { Type: 'Pass', End: true } } };
const APPROVAL = {
  StartAt: 'Approve',
  States: {
    Approve: { Type: 'Task', Resource: 'test:approve.waitForTaskToken', Next: 'Done' },
    Done: { Type: 'Succeed' },
  },
};

const folder = new Folder();
let host: EngineHost;

beforeAll(async () => {
  host = await EngineHost.start(join(folder.path, '.cloudlib'));
});
afterAll(async () => {
  await host.close();
  await folder.remove();
});

/** An execution that waits for a token. */
async function waiting(): Promise<{ id: string; token: string }> {
  const before = host.tokens.length;
  const id = host.start(APPROVAL);
  await eventually(() => expect(host.tokens.length).toBeGreaterThan(before));
  return { id, token: host.tokens.at(-1)! };
}

describe('workflows check', () => {
  test('names each problem with its file and JSON pointer, and exits with 2', async () => {
    folder.write('good.asl.json', GOOD);
    folder.write('bad.asl.json', BAD);
    const { code, stdout, stderr } = await folder.run(['workflows', 'check', 'good.asl.json', 'bad.asl.json']);
    expect(code).toBe(2);
    expect(stdout).toMatch(/^✓ good\.asl\.json$/m);
    expect(stdout).toMatch(/^✗ bad\.asl\.json \/States\/A\/Next there is no state "B"/m);
    expect(stdout).toContain('/States/C~1D');
    expect(stderr).toBe('');
  });

  test('with --json tells all problems as one value', async () => {
    const { code, value } = await folder.json<object[]>(['workflows', 'check', folder.write('text.json', '{')]);
    expect(code).toBe(2);
    expect(value).toMatchObject([{ problems: [{ pointer: '', message: expect.stringContaining('not JSON') }] }]);
  });

  test('exits with 0 when nothing is wrong, and reads standard input', async () => {
    expect((await folder.run(['workflows', 'check', '-'], JSON.stringify(GOOD))).code).toBe(0);
  });

  test('exits with 2 for a file that does not exist', async () => {
    expect(await folder.run(['workflows', 'check', 'missing.json'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('cannot read missing.json'),
    });
  });
});

describe('workflows draw', () => {
  test('writes the diagram to a file, with the path of an execution', async () => {
    const { id } = await waiting();
    folder.write('approval.asl.json', APPROVAL);
    const drawn = ['workflows', 'draw', 'approval.asl.json', '--execution', id, '--output', 'approval.mmd'];
    expect((await folder.run(drawn)).code).toBe(0);
    const diagram = readFileSync(join(folder.path, 'approval.mmd'), 'utf8');
    expect(diagram).toMatch(/^stateDiagram-v2\n/);
    expect(diagram.match(/class \w+ \w+/g)).toEqual(['class s1 taken']);
  });

  test('exits with 3 for an unknown execution and with 2 for a definition that is wrong', async () => {
    folder.write('approval.asl.json', APPROVAL);
    const unknown = await folder.run(['workflows', 'draw', 'approval.asl.json', '--execution', 'unknown']);
    expect(unknown.code).toBe(3);
    expect(await folder.run(['workflows', 'draw', '-'], JSON.stringify(BAD))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('/States/A/Next'),
    });
  });
});

describe('runs signal', () => {
  test('ends the waiting state with the output from standard input', async () => {
    const { id, token } = await waiting();
    expect((await folder.run(['runs', 'signal', token, '--heartbeat'])).code).toBe(0);
    const { code, stdout } = await folder.run(['runs', 'signal', token, '--output', '-'], '{"approved": true}');
    expect([code, stdout]).toEqual([0, 'the task has succeeded; its state goes on\n']);
    expect(await host.engine.wait(id)).toMatchObject({ status: 'SUCCEEDED', output: { approved: true } });
    expect((await folder.run(['runs', 'signal', token, '--output', '-'], '1')).code).toBe(4);
  });

  test('ends it with an error, and runs show tells where', async () => {
    const { id, token } = await waiting();
    await folder.run(['runs', 'signal', token, '--error', 'Rejected', '--cause', 'not today']);
    await host.engine.wait(id);
    expect((await folder.run(['runs', 'show', id])).stdout).toMatch(/✗ Approve .*Rejected not today/);
    const { value } = await folder.json<{ states: object[]; history: object[] }>(['runs', 'show', id]);
    expect(value.states).toMatchObject([{ state: 'Approve', attempts: 1, error: 'Rejected', cause: 'not today' }]);
    expect(value.history.at(-1)).toMatchObject({ type: 'ExecutionFailed' });
  });

  test.each([[[]], [['--cause', 'why']], [['--output', '-', '--error', 'E']]])(
    'exits with 2 for an answer that is not one: %j',
    async (options) => {
      const { code, stderr } = await folder.run(['runs', 'signal', 'token', ...options], '1');
      expect(code).toBe(2);
      expect(stderr).toContain('--output');
    },
  );

  test('exits with 3 for a token that nobody waits for', async () => {
    expect((await folder.run(['runs', 'signal', 'guessed', '--output', '-'], '1')).code).toBe(3);
  });
});

describe('runs stop', () => {
  test('ends an execution as ABORTED with its reason', async () => {
    const { id } = await waiting();
    const { code, value } = await folder.json(['runs', 'stop', id, '--error', 'Obsolete', '--cause', 'a newer one']);
    expect(code).toBe(0);
    expect(value).toMatchObject({ status: 'ABORTED', error: 'Obsolete', cause: 'a newer one' });
    expect((await folder.run(['runs', 'stop', 'unknown'])).code).toBe(3);
  });
});

describe('runs redrive', () => {
  test('has an execution that was stopped run again; one that runs is a conflict, an unknown one is not found', async () => {
    const { id } = await waiting();
    await folder.run(['runs', 'stop', id]);
    expect(await folder.json(['runs', 'redrive', id])).toMatchObject({ code: 0, value: { id, status: 'RUNNING' } });
    const again = await folder.run(['runs', 'redrive', id]);
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain('it is running');
    expect((await folder.run(['runs', 'redrive', 'unknown'])).code).toBe(3);
  });
});
