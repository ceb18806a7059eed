import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RemoteHost } from '../../infra/local/client.ts';
import { readAddress } from '../../infra/local/store/database.ts';
import type { EventRecord, RuleSummary } from '../../shared/host.ts';
import { eventually } from '../eventually.ts';
import { Folder } from './cloudlib.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/automations/cloudlib.config.ts', import.meta.url));
/** The text of the example, for a folder elsewhere. */
const example = (): string =>
  readFileSync(EXAMPLE, 'utf8').replace(
    /from '(\.[^']+)'/g,
    (_all, path) => `from '${fileURLToPath(new URL(path, pathToFileURL(EXAMPLE)))}'`,
  );
const SECRET = 'example secret';
const folder = new Folder({ CLOUDLIB_SECRET_GITHUB_WEBHOOK: SECRET, TZ: 'Asia/Tokyo' });
const campaign = {
  id: 'campaign-1',
  source: '/shop',
  type: 'shop.campaign.started',
  data: { expectedVisitors: 5000, replicas: 'many' },
};

/** The deliveries of an event, once none is pending; asked of the host itself, which takes no process. */
async function deliveriesOf(id: string): Promise<EventRecord['deliveries']> {
  const host = new RemoteHost(readAddress(join(folder.path, '.cloudlib'))!);
  return eventually(async () => {
    const deliveries = (await host.bus.find(id)).flatMap((record) => record.deliveries);
    if (deliveries.some(({ status }) => status === 'PENDING')) throw new Error('pending');
    return deliveries;
  });
}

beforeAll(async () => {
  folder.write('campaign.json', campaign);
  const { code, stderr } = await folder.run(['start', '--detach', '--port', '0', '--config', EXAMPLE]);
  if (code !== 0) throw new Error(stderr);
});
afterAll(() => folder.remove());

describe('the example of automations, in a host in the background', () => {
  test('is listed with what starts each and what it starts', async () => {
    const { stdout } = await folder.run(['automations', 'list']);
    expect(stdout).toMatch(/deploy-on-push +webhook +github push +workflow deploy/);
    expect(stdout).toMatch(/scale-for-campaign +event +\{"type".* operation deploy\.scale/);
    expect(stdout).toMatch(/scale-down-at-night +schedule +cron\(0 23 \* \* \? \*\) Europe\/Berlin/);
    const { value } = await folder.json<RuleSummary[]>(['rules', 'list']);
    expect(value.map(({ name }) => name)).toEqual(['scale-for-campaign', 'size-campaign', 'roll-back-on-alarm']);
  });

  test('has schedules with their next five times, in words and in the local time zone', async () => {
    const { stdout } = await folder.run(['schedules', 'list']);
    expect(stdout).toMatch(/scale-down-at-night .*\n +at 23:00.*Europe\/Berlin\nmissed +fires once/);
    expect(stdout.match(/GMT\+9/g)!.length).toBeGreaterThanOrEqual(10);
  });

  test('is tried with an event: the rules that match, and the field that fails for the others', async () => {
    const { stdout } = await folder.run(['rules', 'test', '--event', 'campaign.json']);
    expect(stdout).toBe(
      [
        '✔ scale-for-campaign',
        '✘ size-campaign',
        '    type: "shop.campaign.started" does not match',
        '✘ roll-back-on-alarm',
        '    type: "shop.campaign.started" does not match',
        '    data.state: the event does not have it',
        '',
      ].join('\n'),
    );
  });

  test('takes the event, whose delivery is shown, dead with the reason, and redriven', async () => {
    const published = await folder.run(['events', 'publish', 'campaign.json']);
    expect(published).toMatchObject({ code: 0, stdout: '✔ campaign-1 from /shop\n' });
    expect((await folder.run(['events', 'publish', '-'], JSON.stringify(campaign))).stdout).toContain(
      'was there already',
    );
    const [dead] = await deliveriesOf('campaign-1');
    expect(dead).toMatchObject({ rule: 'scale-for-campaign', status: 'DEAD', attempts: 1 });
    const shown = await folder.run(['events', 'show', 'campaign-1']);
    expect(shown.stdout).toMatch(/scale-for-campaign {2}DEAD .*delivery \d+\n.*deploy\.scale input: replicas/);

    expect((await folder.run(['events', 'redrive', '--list'])).stdout).toMatch(/campaign-1 .* 1 +InvalidInput/);
    expect((await folder.json(['events', 'redrive', String(dead!.id)])).value).toEqual({ redriven: 1 });
    expect((await deliveriesOf('campaign-1'))[0]!.tries).toHaveLength(2);
  });

  test('has an operation of its own, which an event invokes and a person may', async () => {
    const planned = {
      id: 'campaign-2',
      source: '/shop',
      type: 'shop.campaign.planned',
      data: { expectedVisitors: 4200 },
    };
    await folder.run(['events', 'publish', '-'], JSON.stringify(planned));
    const [delivery] = await deliveriesOf('campaign-2');
    expect(delivery).toMatchObject({ rule: 'size-campaign', status: 'DELIVERED', result: { replicas: 5, running: 0 } });
    const input = { deployment: 'sentiment', expectedVisitors: 100_000 };
    const asked = ['invoke', 'app.sizeCampaign', '--input', '-'];
    expect((await folder.json(asked, JSON.stringify(input))).value).toEqual({ replicas: 20, running: 0 });
    const { stdout } = await folder.run(['logs', 'app.sizeCampaign']);
    expect(stdout).toContain('sentiment: 4200 visitors need 5 replicas, and 0 run');
    expect((await folder.run(['logs', 'app.absent'])).code).toBe(3);
  });

  test('replays what was accepted', async () => {
    const { value } = await folder.json(['events', 'replay', '--from', '10m', '--rule', 'scale-for-campaign']);
    expect(value).toMatchObject({ deliveries: 1 });
    expect(await deliveriesOf('campaign-1')).toHaveLength(2);
  });

  test('shows events that match a pattern as they come, and everything of an event', async () => {
    const tail = folder.start([
      'events',
      'tail',
      '--after',
      '0',
      '--json',
      '--pattern',
      '{"data":{"replicas":["many"]}}',
    ]);
    const line = await new Promise<string>((resolve) => tail.stdout!.once('data', (chunk) => resolve(String(chunk))));
    tail.kill();
    expect(JSON.parse(line).event).toMatchObject({ id: 'campaign-1' });
    expect((await folder.run(['events', 'show', 'campaign-1'])).stdout).toMatch(/^traceparent +00-[0-9a-f]{32}-/m);
    const wrong = await folder.run(['events', 'tail', '--pattern', '{"data":{"replicas":"many"}}']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('/data/replicas: ') });
    expect(await folder.run(['events', 'tail', '--pattern', '{'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not JSON'),
    });
  });

  test('tells what other rules would have started, and starts nothing', async () => {
    const path = join(folder.path, 'other.config.mts');
    const changed = example().replace("['>=', 1000]", "['>=', 10000]");
    writeFileSync(path, changed);
    const dry = ['events', 'replay', '--from', '10m', '--rule', 'scale-for-campaign', '--dry', '--config', path];
    const { stdout } = await folder.run(dry);
    expect(stdout).toMatch(/scale-for-campaign +operation deploy\.scale +0 +0 +1 +0 +0/);
    expect(stdout).toContain('- scale-for-campaign  shop.campaign.started campaign-1 from /shop');
    expect(await deliveriesOf('campaign-1')).toHaveLength(2);
    expect(await folder.run(dry.filter((word) => word !== '--dry'))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--config is for --dry'),
    });
  });

  test('deploys what a signed push brings', async () => {
    folder.write('push.json', { ref: 'refs/heads/main', after: '4f2c1d0' });
    const send = ['webhook', 'send', 'deploy-on-push', '--body', 'push.json'];
    const { value } = await folder.json<{ status: number; answer: { execution: string } }>(send);
    expect(value.status).toBe(202);
    const { value: run } = await folder.json(['runs', 'show', value.answer.execution]);
    expect(run).toMatchObject({ workflow: 'deploy', input: { config: { name: 'sentiment', version: '4f2c1d0' } } });
  });

  test('says what is not there', async () => {
    expect(await folder.run(['events', 'show', 'absent'])).toMatchObject({ code: 3 });
    expect(await folder.run(['events', 'redrive', '4711'])).toMatchObject({ code: 3 });
    expect(await folder.run(['events', 'publish', '-'], '{"type":"x"}')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('source'),
    });
  });
});

test('without a host, rules are tried as the configuration has them', async () => {
  const other = new Folder();
  const { stdout } = await other.run(['rules', 'test', '--event', '-', '--config', EXAMPLE], JSON.stringify(campaign));
  expect(stdout).toContain('✔ scale-for-campaign\n✘ size-campaign\n');
  expect(await other.run(['rules', 'test', '--event', '-'], '{}')).toMatchObject({ code: 3 });
  await other.remove();
});

test('a configuration with an automation that could never work does not start, and says why', async () => {
  const other = new Folder();
  writeFileSync(
    join(other.path, 'cloudlib.config.ts'),
    example().replace("operation('deploy.list', {})", "operation('deploy.lsit' as never, {} as never)"),
  );
  const { code, stderr } = await other.run(['start', '--port', '0']);
  expect(code).toBe(2);
  expect(stderr).toContain('automation "look-every-minute": there is no operation "deploy.lsit"');
  await other.remove();
});
