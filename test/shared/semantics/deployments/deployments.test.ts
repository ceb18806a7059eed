import { describe, expect, test } from '@jest/globals';
import {
  beginRollout,
  type DeploymentRecord,
  failRollout,
  isInUse,
  promote,
  type RolloutRequest,
  revisionOf,
  rollbackTarget,
} from '../../../../shared/semantics/deployments/index.ts';

const request = (version: string, changes: Partial<RolloutRequest> = {}): RolloutRequest => ({
  name: 'app',
  id: 'id',
  execution: `execution-${version}`,
  version,
  revision: `revision-${version}`,
  config: { version },
  artifacts: [],
  now: `2026-01-01T00:00:0${version.slice(1)}Z`,
  otherRuns: true,
  ...changes,
});

/** A deployment after these versions were promoted, one after the other. */
function promoted(...versions: string[]): DeploymentRecord {
  return versions.reduce<DeploymentRecord | undefined>((record, version) => {
    const begun = beginRollout(record, request(version));
    return promote(begun, `execution-${version}`, `revision-${version}`, `2026-01-01T00:00:0${version.slice(1)}Z`);
  }, undefined)!;
}

describe('a rollout of a deployment', () => {
  test('the first one is Deploying, a later one Updating', () => {
    expect(beginRollout(undefined, request('v1')).status).toEqual({ kind: 'Deploying' });
    expect(beginRollout(promoted('v1'), request('v2')).status).toEqual({ kind: 'Updating' });
  });

  test('a second one at the same time is a Conflict that names the first', () => {
    const record = beginRollout(undefined, request('v1'));
    expect(() => beginRollout(record, request('v2'))).toThrow(
      expect.objectContaining({ code: 'DeploymentError.Conflict', message: expect.stringContaining('execution-v1') }),
    );
  });

  test('asked for again by the same execution, it is the same', () => {
    const record = beginRollout(undefined, request('v1'));
    expect(beginRollout(record, request('v1'))).toBe(record);
  });

  test('one whose execution has ended gives way', () => {
    const record = beginRollout(undefined, request('v1'));
    expect(beginRollout(record, request('v2', { otherRuns: false })).rollout?.execution).toBe('execution-v2');
  });

  test('promoted, its revision is the stable one and the rollout is over', () => {
    expect(promoted('v1')).toMatchObject({ stable: 'revision-v1', status: { kind: 'Running' } });
    expect(promoted('v1').rollout).toBeUndefined();
  });

  test('given up, the stable revision goes on and the reason stays with the version', () => {
    const record = failRollout(
      beginRollout(promoted('v1'), request('v2')),
      'execution-v2',
      'slow',
      '2026-01-02T00:00:00Z',
    );
    expect(record).toMatchObject({ stable: 'revision-v1', status: { kind: 'Running' } });
    expect(record.versions.at(-1)).toMatchObject({ version: 'v2', failure: 'slow' });
  });

  test('given up with nothing stable, the deployment has failed', () => {
    expect(
      failRollout(beginRollout(undefined, request('v1')), 'execution-v1', 'crash', '2026-01-02T00:00:00Z').status,
    ).toEqual({ kind: 'Failed', reason: 'crash' });
  });

  test('an execution that is no longer the one under way changes nothing', () => {
    const record = beginRollout(promoted('v1'), request('v2'));
    expect(promote(record, 'execution-v1', 'revision-v1', 'now')).toBe(record);
    expect(failRollout(record, 'execution-v1', 'late', 'now')).toBe(record);
  });

  test('twenty versions are remembered, and the stable one always', () => {
    const record = Array.from({ length: 30 }, (_, index) => index).reduce(
      (before, index) =>
        failRollout(
          beginRollout(before, request(`v${index % 10}`, { revision: `r${index}`, execution: `e${index}` })),
          `e${index}`,
          'bad',
          'now',
        ),
      promoted('v1'),
    );
    expect(record.versions.length).toBeLessThanOrEqual(21);
    expect(record.versions.map(({ revision }) => revision)).toContain('revision-v1');
  });
});

describe('a rollback', () => {
  test('without a version goes to the one that was promoted before', () => {
    expect(rollbackTarget(promoted('v1', 'v2', 'v3')).version).toBe('v2');
  });

  test('with a version goes to it', () => {
    expect(rollbackTarget(promoted('v1', 'v2', 'v3'), 'v1').version).toBe('v1');
  });

  test('to a version that was never promoted is an error that lists the known ones', () => {
    const record = failRollout(beginRollout(promoted('v1', 'v2'), request('v3')), 'execution-v3', 'slow', 'now');
    expect(() => rollbackTarget(record, 'v3')).toThrow(
      expect.objectContaining({
        code: 'DeploymentError.VersionNotFound',
        message: expect.stringContaining('v2, v1'),
        details: { version: 'v3', known: ['v2', 'v1'] },
      }),
    );
  });

  test('where nothing was promoted before is an error', () => {
    expect(() => rollbackTarget(promoted('v1'))).toThrow(
      expect.objectContaining({ code: 'DeploymentError.VersionNotFound' }),
    );
  });
});

describe('a revision', () => {
  test('is named for its version and what it is made of', () => {
    expect(revisionOf('1.0.0 RC', { a: 1 }, [])).toMatch(/^1-0-0-rc-[0-9a-f]{8}$/);
    expect(revisionOf('1.0.0', { a: 1 }, [])).not.toBe(revisionOf('1.0.0', { a: 2 }, []));
  });

  test('is in use while it is stable or somebody else rolls it out', () => {
    const record = beginRollout(promoted('v1'), request('v2'));
    expect(isInUse(record, 'revision-v1', 'execution-v2')).toBe(true);
    expect(isInUse(record, 'revision-v2', 'execution-v2')).toBe(false);
    expect(isInUse(record, 'revision-v2', 'another')).toBe(true);
  });
});
