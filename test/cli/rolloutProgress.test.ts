import { beforeEach, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { RolloutProgress } from '../../cli/rolloutProgress.ts';
import type { Terminal } from '../../cli/terminal.ts';
import type { Json } from '../../shared/core/codecs.ts';
import type { CloudEvent } from '../../shared/host.ts';

let lines: string[];
let progress: RolloutProgress;
let second: number;

beforeEach(() => {
  lines = [];
  second = 0;
  const terminal = { noticePaint: picocolors.createColors(false), notice: (text: string) => lines.push(text) };
  progress = new RolloutProgress('app', terminal as unknown as Terminal);
});

function event(type: string, data: Json, subject?: string): CloudEvent {
  const time = new Date(Date.UTC(2026, 0, 1, 0, 0, second++)).toISOString();
  return { specversion: '1.0', id: String(second), source: 'test', type, time, data, ...(subject && { subject }) };
}
const entered = (state: string): CloudEvent =>
  event('cloudlib.workflow.entered', { execution: 'run', status: 'RUNNING', state }, 'run');
const step = (operation: string, input: { [key: string]: Json }): CloudEvent =>
  event(`cloudlib.deploy.${operation}.succeeded`, { input: { deployment: 'app', ...input }, output: {} });

test('what came before the execution was known is shown as well', () => {
  progress.observe(step('scaleRevision', { revision: 'r2', replicas: 3 }));
  expect(lines).toEqual([]);
  progress.begin('run');
  expect(lines).toEqual(['   0.0 s  scale     r2: 3 replicas']);
});

test('a revision is healthy when the workflow has stopped waiting for it', () => {
  progress.begin('run');
  progress.observe(step('scaleRevision', { revision: 'r2', replicas: 1 }));
  for (const state of ['NextStep', 'AwaitHealthy', 'Healthy?', 'WaitForHealth', 'AwaitHealthy', 'Healthy?']) {
    progress.observe(entered(state));
  }
  expect(lines).toHaveLength(1);
  progress.observe(entered('NextStep'));
  expect(lines[1]).toMatch(/ {2}healthy {3}r2: 1 replica is ready$/);
});

test('an analysis that pauses says why and how to decide, and one that passes how often it measured', () => {
  progress.begin('run');
  progress.observe(entered('Analyze'));
  progress.observe(entered('Verdict'));
  progress.observe(entered('AwaitDecision'));
  progress.observe(step('awaitDecision', { reason: 'too few\nrequests' }));
  progress.observe(entered('NextStep'));
  for (const state of ['Analyze', 'Verdict', 'WaitForNextMeasurement', 'Analyze', 'Verdict', 'NextStep']) {
    progress.observe(entered(state));
  }
  const texts = lines.map((line) => line.slice(10).trim().replace(/ +/g, ' '));
  expect(texts).toEqual([
    'analysis measuring the canary',
    'paused too few requests',
    '→ decide with cloudlib deploy promote app, or cloudlib deploy abort app',
    'decided goes on',
    'analysis measuring the canary',
    'verdict passed after 2 measurements',
  ]);
});

test('what happens to other deployments and in other executions is not shown', () => {
  progress.begin('run');
  progress.observe(event('cloudlib.deploy.shiftTraffic.succeeded', { input: { deployment: 'other', weights: {} } }));
  progress.observe(event('cloudlib.deploy.beginRollout.succeeded', { input: { config: { name: 'other' } } }));
  progress.observe(event('cloudlib.workflow.entered', { status: 'RUNNING', state: 'Analyze' }, 'other run'));
  expect(lines).toEqual([]);
});

test('it has ended when the execution has', async () => {
  progress.begin('run');
  progress.observe(event('cloudlib.workflow.status', { status: 'FAILED' }, 'run'));
  await expect(progress.ended).resolves.toBeUndefined();
});
