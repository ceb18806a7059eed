import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../shared/core/codecs.ts';
import { execute, validate } from '../../shared/semantics/states/index.ts';

const definition = JSON.parse(readFileSync(new URL('../../workflows/deploy.asl.json', import.meta.url), 'utf8'));

type Step = { kind: string; arguments: { [key: string]: Json } };

const steps: Step[] = [
  { kind: 'Scale', arguments: { revision: 'new', replicas: 1 } },
  { kind: 'AwaitHealthy', arguments: { revision: 'new', replicas: 1 } },
  { kind: 'Shift', arguments: { weights: { old: 90, new: 10 } } },
  { kind: 'Pause', arguments: { seconds: 60 } },
  { kind: 'Analyze', arguments: { canary: 'new', stable: 'old', analysis: { metrics: [] } } },
  { kind: 'Shift', arguments: { weights: { new: 100 } } },
  { kind: 'Promote', arguments: { revision: 'new' } },
  { kind: 'Retire', arguments: { revision: 'old' } },
];
const abortSteps: Step[] = [
  { kind: 'Shift', arguments: { weights: { old: 100 } } },
  { kind: 'Retire', arguments: { revision: 'new' } },
];

interface Fakes {
  [operation: string]: (input: Record<string, Json>, calls: number) => unknown;
}

/** Runs the workflow over operations that answer as told, and notes what was called. */
async function run(fakes: Fakes = {}) {
  const calls: { operation: string; input: Record<string, Json> }[] = [];
  const answers: Fakes = {
    beginRollout: () => ({ provider: 'local', deployment: 'app', revision: 'new', steps, abortSteps }),
    checkHealth: () => ({ ready: true, readyReplicas: 1, runningReplicas: 1 }),
    analyze: () => ({ phase: 'Successful', reason: 'fine', measurements: [[]], intervalSeconds: 10 }),
    ...fakes,
  };
  const result = await execute(
    definition,
    { config: { name: 'app' }, artifacts: [] },
    {
      task: async (resource, payload) => {
        const operation = resource.replace('cloudlib:deploy.', '').replace('.waitForTaskToken', '');
        const before = calls.filter((call) => call.operation === operation).length;
        calls.push({ operation, input: payload as Record<string, Json> });
        const answer = answers[operation]?.(payload as Record<string, Json>, before);
        if (operation === 'awaitDecision' && answer === undefined) return new Promise(() => undefined);
        return (answer ?? {}) as Json;
      },
    },
  );
  return { ...result, calls, operations: calls.map(({ operation }) => operation) };
}

function failure(name: string, message: string): never {
  throw Object.assign(new Error(message), { name });
}

describe('workflows/deploy.asl.json', () => {
  test('is valid', () => {
    expect(validate(definition)).toEqual([]);
  });

  test('does the steps of the plan in their order', async () => {
    const { status, output, operations } = await run();
    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: { deployment: 'app', revision: 'new' } });
    expect(operations).toEqual([
      'beginRollout',
      'createRevision',
      'scaleRevision',
      'checkHealth',
      'shiftTraffic',
      'awaitDecision',
      'analyze',
      'shiftTraffic',
      'promoteRevision',
      'retireRevision',
    ]);
  });

  test('tells every operation the provider, the deployment and the execution, and the arguments of its step', async () => {
    const { calls } = await run();
    expect(calls[2]!.input).toEqual({
      provider: 'local',
      deployment: 'app',
      execution: expect.any(String),
      revision: 'new',
      replicas: 1,
    });
  });

  test('asks for health again until the replicas are ready', async () => {
    const { operations } = await run({
      checkHealth: (_input, before) => ({ ready: before === 3, readyReplicas: 0, runningReplicas: 1 }),
    });
    expect(operations.filter((operation) => operation === 'checkHealth')).toHaveLength(4);
  });

  test('a failed analysis does the steps of the abort and ends with its reason', async () => {
    const { status, error, cause, operations } = await run({
      analyze: () => ({ phase: 'Failed', reason: 'error rate of 12 %', measurements: [[]], intervalSeconds: 10 }),
    });
    expect({ status, error, cause }).toEqual({
      status: 'FAILED',
      error: 'DeploymentError.AnalysisFailed',
      cause: 'error rate of 12 %',
    });
    expect(operations.slice(-4)).toEqual(['beginAbort', 'shiftTraffic', 'retireRevision', 'failRollout']);
    expect(operations).not.toContain('promoteRevision');
  });

  test('a crash loop while it waits for health is rolled back', async () => {
    const { error, cause, operations } = await run({
      checkHealth: () => failure('DeploymentError.CrashLoop', 'crashed 5 times'),
    });
    expect({ error, cause }).toEqual({ error: 'DeploymentError.CrashLoop', cause: 'crashed 5 times' });
    expect(operations).toContain('beginAbort');
  });

  test('an inconclusive analysis never promotes by itself: it waits for a decision', async () => {
    const reasons: Json[] = [];
    const { status } = await run({
      analyze: () => ({
        phase: 'Inconclusive',
        reason: '3 requests, 20 are needed',
        measurements: [[]],
        intervalSeconds: 10,
      }),
      awaitDecision: ({ reason }) => {
        if (reason === undefined) return undefined;
        reasons.push(reason);
        return failure('DeploymentError.Aborted', 'nobody wanted it');
      },
    });
    expect({ status, reasons }).toEqual({ status: 'FAILED', reasons: ['3 requests, 20 are needed'] });
  });

  test('measures again after the interval while the analysis is running, and hands on what was measured', async () => {
    const { calls } = await run({
      analyze: ({ measurements }, before) => ({
        phase: before === 2 ? 'Successful' : 'Running',
        reason: '',
        measurements: [...(measurements as Json[]), [before]],
        intervalSeconds: 10,
      }),
    });
    const rounds = calls.filter(({ operation }) => operation === 'analyze').map(({ input }) => input.measurements);
    expect(rounds).toEqual([[], [[0]], [[0], [1]]]);
  });

  test('a second rollout at the same time changes nothing: it ends with the Conflict of its first step', async () => {
    const { status, error, operations } = await run({
      beginRollout: () => failure('DeploymentError.Conflict', 'under way'),
    });
    expect({ status, error, operations }).toEqual({
      status: 'FAILED',
      error: 'DeploymentError.Conflict',
      operations: ['beginRollout'],
    });
  });

  test('what goes wrong after the promotion is not worth a rollback', async () => {
    const { status, operations } = await run({ retireRevision: () => failure('Internal', 'it hung') });
    expect(status).toBe('SUCCEEDED');
    expect(operations).not.toContain('beginAbort');
  });

  test('a way back that fails is RollbackFailed, with both reasons', async () => {
    const { error, cause, operations } = await run({
      analyze: () => ({ phase: 'Failed', reason: 'slow', measurements: [[]], intervalSeconds: 10 }),
      shiftTraffic: (_input, before) => (before === 1 ? failure('Internal', 'no endpoint') : {}),
    });
    expect(error).toBe('DeploymentError.RollbackFailed');
    expect(cause).toBe('no endpoint (while rolling back because: slow)');
    expect(operations.at(-1)).toBe('failRollout');
  });

  test('a passing failure of a provider is tried again', async () => {
    const { status, operations } = await run({
      scaleRevision: (_input, before) => (before < 2 ? failure('Throttled', 'slow down') : {}),
    });
    expect(status).toBe('SUCCEEDED');
    expect(operations.filter((operation) => operation === 'scaleRevision')).toHaveLength(3);
  });
});
