import { describe, expect, test } from '@jest/globals';
import { cacheOf } from '../../../../../shared/drivers/database/local/configuration.ts';
import { lastDailyStart, nextWeekly } from '../../../../../shared/drivers/database/local/windows.ts';

describe('a window of the day began last', () => {
  test.each([
    ['03:00-04:00', '2026-05-05T03:00:00Z', '2026-05-05T03:00:00Z'],
    ['03:00-04:00', '2026-05-05T02:59:59Z', '2026-05-04T03:00:00Z'],
    ['23:30-00:30', '2026-05-05T00:10:00Z', '2026-05-04T23:30:00Z'],
    ['00:00-01:00', '2026-02-28T23:59:00Z', '2026-02-28T00:00:00Z'],
  ])('%s at %s: %s', (window, now, start) => {
    expect(lastDailyStart(window, new Date(now))).toEqual(new Date(start));
  });
});

describe('a window of the week is next', () => {
  test.each([
    ['sun:03:00-sun:04:00', '2026-05-05T12:00:00Z', '2026-05-10T03:00:00Z'],
    ['tue:12:00-tue:13:00', '2026-05-05T12:00:00Z', '2026-05-05T12:00:00Z'],
    ['tue:11:00-tue:13:00', '2026-05-05T12:30:00Z', '2026-05-05T12:30:00Z'],
    ['tue:11:00-tue:12:00', '2026-05-05T12:00:00Z', '2026-05-12T11:00:00Z'],
    ['sat:23:00-sun:01:00', '2026-05-10T00:30:00Z', '2026-05-10T00:30:00Z'],
    ['mon:00:00-mon:01:00', '2026-05-05T12:00:00Z', '2026-05-11T00:00:00Z'],
  ])('%s at %s: %s', (window, now, next) => {
    expect(nextWeekly(window, new Date(now))).toEqual(new Date(next));
  });
});

describe('an instance class gives as much cache as the size in its name', () => {
  test.each([
    ['db.t4g.micro', 32],
    ['db.r6g.2xlarge', 1024],
    ['db.r6g.32xlarge', 4096],
    ['db-f1-micro', 32],
    ['Standard_B1ms', 128],
    ['cache.t3.small', 64],
  ])('%s: %d MB', (name, megabytes) => {
    expect(cacheOf(name)).toBe(megabytes);
  });
});
