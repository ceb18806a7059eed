import { describe, expect, test } from '@jest/globals';
import shiftTraffic from '../../../functions/deploy/shiftTraffic.ts';
import { run } from './scripted.ts';

function shift(weights: Record<string, number>) {
  const port = { shiftTraffic: async (_deployment: string, shares: object) => `http://x/${JSON.stringify(shares)}` };
  return run(shiftTraffic, { deployment: 'app', execution: 'e1', weights }, port);
}

describe('deploy.shiftTraffic', () => {
  test.each([[{ old: 90, new: 10 }], [{ new: 100 }], [{ a: 33.3, b: 33.3, c: 33.4 }], [{ old: 0, new: 100 }]])(
    'hands on weights that sum to 100: %j',
    async (weights: Record<string, number>) => {
      expect(await shift(weights)).toEqual({ endpoint: `http://x/${JSON.stringify(weights)}` });
    },
  );

  test.each([[{ old: 90, new: 11 }], [{ old: 50 }], [{}], [{ old: 110, new: -10 }], [{ old: Number.NaN, new: 100 }]])(
    'refuses weights that do not, before the provider is asked: %j',
    async (weights: Record<string, number>) => {
      await expect(shift(weights)).rejects.toMatchObject({
        code: 'InvalidInput',
        message: expect.stringContaining('weights'),
      });
    },
  );
});
