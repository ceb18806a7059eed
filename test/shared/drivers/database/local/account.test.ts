import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Account, canReach, openWay } from '../../../../../shared/drivers/database/local/account.ts';

/** Somebody who owns nothing here, except by their group. */
const stranger: Account = { name: 'stranger', uid: 54_321, gid: process.getgid!() };

let place: string;
let state: string;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'cloudlib-account-'));
  chmodSync(place, 0o755);
  state = join(place, 'state');
  mkdirSync(join(state, 'database'), { recursive: true, mode: 0o700 });
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

describe('the user that engines run as', () => {
  test('may pass through the state directory afterwards, and neither list nor change it', () => {
    const inside = join(state, 'database', 'instances');
    expect(canReach(inside, stranger)).toBe(false);
    openWay(inside, [state, join(state, 'database')], stranger);
    expect(canReach(inside, stranger)).toBe(true);
    expect(statSync(state).mode & 0o777).toBe(0o710);
  });

  test('is not let through folders of others: the error names the folder and what to do', () => {
    chmodSync(place, 0o700);
    expect(() => openWay(join(state, 'database', 'instances'), [state, join(state, 'database')], stranger)).toThrow(
      expect.objectContaining({
        code: 'DatabaseError.InvalidConfiguration',
        message: expect.stringMatching(new RegExp(`may not enter ${place};.*--state`)),
      }),
    );
    expect(statSync(place).mode & 0o777).toBe(0o700);
  });

  test('needs no way when it is the user of the host', () => {
    openWay(join(state, 'database'), [state], undefined);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(canReach(join(state, 'database'), undefined)).toBe(true);
  });
});
