import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Candidate, Rotation } from '../../../../infra/local/proxy/rotation.ts';

interface Replica extends Candidate {
  name: string;
  inFlight: number;
  passedOverUntil: number;
}

function replica(revision: string, name = revision): Replica {
  return { revision, name, inFlight: 0, passedOverUntil: 0 };
}

function picks(rotation: Rotation<Replica>, count: number): string[] {
  return Array.from({ length: count }, () => rotation.pick(0)?.name ?? 'none');
}

function countOf(list: string[], name: string): number {
  return list.filter((entry) => entry === name).length;
}

describe('rotation', () => {
  test('gives each revision its share of any 1,000 requests to within the number of revisions', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(weights, (list) => {
        const rotation = new Rotation<Replica>();
        const total = list.reduce((sum, weight) => sum + weight);
        rotation.update(
          Object.fromEntries(list.map((weight, index) => [`r${index}`, weight])),
          list.map((_, index) => replica(`r${index}`)),
        );
        const chosen = picks(rotation, 1_000);
        for (const [index, weight] of list.entries()) {
          const exact = (1_000 * weight) / total;
          expect(Math.abs(countOf(chosen, `r${index}`) - exact)).toBeLessThanOrEqual(list.length);
        }
      }),
    );
  });

  test('spreads a small share evenly instead of in bursts', () => {
    const rotation = new Rotation<Replica>();
    rotation.update({ v1: 80, v2: 20 }, [replica('v1'), replica('v2')]);
    const chosen = picks(rotation, 100);
    for (let start = 0; start < 100; start += 5) expect(countOf(chosen.slice(start, start + 5), 'v2')).toBe(1);
  });

  test('keeps the shares when the same route is set again before every request', () => {
    const rotation = new Rotation<Replica>();
    const replicas = [replica('v1'), replica('v2')];
    const chosen = Array.from({ length: 100 }, () => {
      rotation.update({ v1: 90, v2: 10 }, replicas);
      return rotation.pick(0)!.name;
    });
    expect(countOf(chosen, 'v2')).toBe(10);
  });

  test('prefers the replica with the fewest requests in flight', () => {
    const rotation = new Rotation<Replica>();
    const [busy, free] = [{ ...replica('v1', 'busy'), inFlight: 3 }, replica('v1', 'free')];
    rotation.update({ v1: 100 }, [busy, free]);
    expect(picks(rotation, 4)).toEqual(['free', 'free', 'free', 'free']);
  });

  test('takes equally busy replicas in turn', () => {
    const rotation = new Rotation<Replica>();
    rotation.update({ v1: 100 }, [replica('v1', 'a'), replica('v1', 'b'), replica('v1', 'c')]);
    expect(picks(rotation, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  test('passes over a replica that refused a connection until its time is up', () => {
    const rotation = new Rotation<Replica>();
    rotation.update({ v1: 100 }, [{ ...replica('v1', 'refused'), passedOverUntil: 1_000 }, replica('v1', 'good')]);
    expect([rotation.pick(999)!.name, rotation.pick(999)!.name]).toEqual(['good', 'good']);
    expect(new Set([rotation.pick(1_000)!.name, rotation.pick(1_000)!.name])).toEqual(new Set(['refused', 'good']));
  });

  test('chooses a replica that refused a connection when there is no other, but never one in `tried`', () => {
    const rotation = new Rotation<Replica>();
    const only = { ...replica('v1'), passedOverUntil: 1_000 };
    rotation.update({ v1: 100 }, [only]);
    expect(rotation.pick(0)).toBe(only);
    expect(rotation.pick(0, new Set([only]))).toBeUndefined();
  });

  test('has nothing to choose when no revision with weight has a replica', () => {
    const rotation = new Rotation<Replica>();
    rotation.update({ v1: 0, v2: 100 }, [replica('v1')]);
    expect(rotation.pick(0)).toBeUndefined();
  });
});
