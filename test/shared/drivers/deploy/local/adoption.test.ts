import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { CloudError } from '../../../../../shared/core/errors.ts';
import type { ReplicaRow } from '../../../../../shared/drivers/deploy/local/database.ts';
import type { LocalDeploy } from '../../../../../shared/drivers/deploy/local/index.ts';
import { closeFence, launch } from '../../../../../shared/drivers/deploy/local/process.ts';
import { eventually } from '../../../../eventually.ts';
import { create, isRunning, Machine } from './machine.ts';

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.end());

const becomesReady = (driver: LocalDeploy, ready: number): Promise<void> =>
  eventually(async () => expect(await driver.health('app', 'v1')).toMatchObject({ running: ready, ready }));

async function startReplicas(count: number, environment: Record<string, string> = {}): Promise<LocalDeploy> {
  const driver = await machine.start();
  await create(driver, { config: { envVars: environment } });
  await driver.scale('app', 'v1', count);
  await becomesReady(driver, count);
  return driver;
}

/** How many processes were ever started: each writes one line when it listens. */
async function listened(driver: LocalDeploy): Promise<number> {
  return (await driver.logs('app', {})).filter(({ message }) => message === 'v1 listens').length;
}

describe('the next host on a state directory', () => {
  test('adopts the replicas that were left to it, and starts none twice', async () => {
    const first = await startReplicas(2);
    const pids = machine.pids();
    await machine.close(first, 'leave');
    expect(pids.map(isRunning)).toEqual([true, true]);
    const second = await machine.start();
    await becomesReady(second, 2);
    expect(machine.pids()).toEqual(pids);
    expect(await listened(second)).toBe(2);
  });

  test('starts an adopted replica again when it ends', async () => {
    await machine.close(await startReplicas(1), 'leave');
    const second = await machine.start();
    await becomesReady(second, 1);
    process.kill(machine.pids()[0]!, 'SIGKILL');
    await eventually(() => expect(machine.replicas()).toMatchObject([{ attempt: 2, restarts: 1 }]));
    await becomesReady(second, 1);
  });

  test('finds a process at its fence that was started and not yet noted', async () => {
    const first = await startReplicas(1);
    const [pid] = machine.pids();
    await machine.close(first, 'leave');
    machine.database.exec('update deploy_replicas set pid = null, started = null');
    const second = await machine.start();
    await becomesReady(second, 1);
    expect(machine.pids()).toEqual([pid]);
    expect(await listened(second)).toBe(1);
  });

  test('does not take a process for its own that has only the number of one', async () => {
    const first = await startReplicas(1);
    const [{ id, attempt }] = machine.replicas() as [ReplicaRow];
    await machine.close(first, 'suspend');
    const stranger = spawn('sleep', ['60']);
    const fence = join(machine.directory, 'replicas', 'app', id, `${attempt}.pid`);
    const line = readFileSync(`/proc/${stranger.pid}/stat`, 'utf8').split(' ');
    line[21] = String(Number(line[21]) - 1);
    mkdirSync(dirname(fence), { recursive: true });
    writeFileSync(fence, `${stranger.pid} ${line.join(' ')}`);
    machine.database.exec(`update deploy_replicas set pid = ${stranger.pid}, started = '1'`);
    const second = await machine.start();
    await becomesReady(second, 1);
    expect(machine.pids()).not.toContain(stranger.pid);
    expect(isRunning(stranger.pid!)).toBe(true);
    stranger.kill('SIGKILL');
  });

  test('starts a replica anew that ended while no host ran', async () => {
    const first = await startReplicas(1);
    const [pid] = machine.pids() as [number];
    await machine.close(first, 'leave');
    process.kill(pid, 'SIGKILL');
    await eventually(() => expect(isRunning(pid)).toBe(false));
    const second = await machine.start();
    await becomesReady(second, 1);
    expect(machine.pids()).not.toEqual([pid]);
    expect(machine.replicas()).toHaveLength(1);
  });

  test('finishes what the host before it had begun to stop, and forgets the retired revision', async () => {
    const first = await startReplicas(1, { IGNORE_SIGTERM: 'yes' });
    const pids = machine.pids();
    await first.retire('app', 'v1');
    await machine.close(first, 'leave');
    expect(machine.replicas()).toMatchObject([{ stopping: 1 }]);
    const second = await machine.start({ stopGrace: 50 });
    await eventually(async () => expect(await second.list()).toEqual([]));
    expect(pids.map(isRunning)).toEqual([false]);
    expect(machine.replicas()).toEqual([]);
  });

  test('opens the endpoint where it was', async () => {
    const first = await startReplicas(1);
    const endpoint = await first.shiftTraffic('app', { v1: 100 });
    await machine.close(first, 'leave');
    machine.traffic.routes.clear();
    const second = await machine.start();
    await becomesReady(second, 1);
    expect(await second.list('app')).toMatchObject([{ endpoint }]);
    expect(machine.traffic.routes.get('app')).toMatchObject({
      port: Number(new URL(endpoint).port),
      weights: { v1: 100 },
      targets: [{ revision: 'v1' }],
    });
  });

  test('opens the endpoint at another port when its own was taken meanwhile', async () => {
    const first = await startReplicas(0);
    const endpoint = await first.shiftTraffic('app', { v1: 100 });
    await machine.close(first, 'leave');
    const { traffic } = machine;
    const taken = new CloudError('DeploymentError.ResourceNotAvailable', 'the port is taken');
    const refusing = Object.assign(Object.create(traffic), {
      setRoute: (route: Parameters<typeof traffic.setRoute>[0]) =>
        route.port === 0 ? traffic.setRoute({ ...route, port: 45_678 }) : Promise.reject(taken),
    });
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const second = await machine.start({ traffic: refusing });
    expect(await second.list('app')).toMatchObject([{ endpoint: 'http://127.0.0.1:45678' }]);
    expect(endpoint).not.toBe('http://127.0.0.1:45678');
    expect(warn).toHaveBeenCalledWith('the port is taken; it is at port 45678 now');
    warn.mockRestore();
  });
});

describe('closing', () => {
  test('with suspend ends the processes, and the next host brings them back', async () => {
    const first = await startReplicas(2);
    const pids = machine.pids();
    await machine.close(first, 'suspend');
    expect(pids.map(isRunning)).toEqual([false, false]);
    const second = await machine.start();
    await becomesReady(second, 2);
    expect(machine.replicas()).toMatchObject([
      { attempt: 2, restarts: 0 },
      { attempt: 2, restarts: 0 },
    ]);
  });

  test('with suspend also ends an adopted process that ignores SIGTERM', async () => {
    const first = await startReplicas(1, { IGNORE_SIGTERM: 'yes' });
    const [pid] = machine.pids() as [number];
    await machine.close(first, 'leave');
    const second = await machine.start({ stopGrace: 300 });
    await machine.close(second, 'suspend');
    expect(isRunning(pid)).toBe(false);
  });

  test('with suspend while a replica stops keeps the revision until its process has ended', async () => {
    const first = await startReplicas(1);
    await first.retire('app', 'v1');
    await machine.close(first, 'suspend');
    const second = await machine.start();
    await eventually(async () => expect(await second.list()).toEqual([]));
    expect(machine.replicas()).toEqual([]);
  });
});

describe('a fence', () => {
  const start = (fence: string, marker: string) =>
    launch({
      fence,
      command: ['/bin/sh', '-c', `echo ran > ${marker}; exec sleep 60`],
      environment: { PATH: process.env.PATH ?? '' },
      directory: machine.directory,
      stdout: join(machine.directory, 'out'),
      stderr: join(machine.directory, 'err'),
    });

  test('that a host has closed ends the late process with 111 before it is the program', async () => {
    const [fence, marker] = [join(machine.directory, 'fences', 'one'), join(machine.directory, 'marker')];
    expect(closeFence(fence)).toBeUndefined();
    const [code] = await once(start(fence, marker), 'exit');
    expect(code).toBe(111);
    expect(existsSync(marker)).toBe(false);
  });

  test('names the process behind it, and lets no second one run', async () => {
    const [fence, marker] = [join(machine.directory, 'fences', 'one'), join(machine.directory, 'marker')];
    const child = start(fence, marker);
    await eventually(() => expect(existsSync(marker)).toBe(true));
    expect(closeFence(fence)?.pid).toBe(child.pid);
    expect((await once(start(fence, join(machine.directory, 'second')), 'exit'))[0]).toBe(111);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(closeFence(fence)).toBeUndefined();
  });

  test('that is created and not yet written is waited for', async () => {
    const [fence, marker] = [join(machine.directory, 'one'), join(machine.directory, 'marker')];
    writeFileSync(fence, '');
    const child = spawn('/bin/sh', ['-c', `sleep 0.1; echo $$ > ${fence}; exec sleep 60`], { stdio: 'ignore' });
    expect(closeFence(fence)?.pid).toBe(child.pid);
    expect(existsSync(marker)).toBe(false);
    child.kill('SIGKILL');
  });
});
