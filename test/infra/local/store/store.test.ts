import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Secrets } from '../../../../infra/local/secrets.ts';
import { HostLock, openDatabase } from '../../../../infra/local/store/database.ts';
import { EventLog } from '../../../../infra/local/store/events.ts';
import { SqliteIdempotency } from '../../../../infra/local/store/idempotency.ts';
import { SqliteRecords } from '../../../../infra/local/store/records.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import { transaction } from '../../../../shared/drivers/sqlite/database.ts';
import { GroupCommit } from '../../../../shared/drivers/sqlite/groupCommit.ts';
import type { CloudEvent } from '../../../../shared/host.ts';

const directory = (): string => mkdtempSync(join(tmpdir(), 'cloudlib-store-'));

const event = (id: string, source = 'test'): CloudEvent => ({
  specversion: '1.0',
  id,
  source,
  type: 'test',
  time: '2026-01-01T00:00:00Z',
});

describe('the database', () => {
  test('syncs every commit to the disk', () => {
    const database = openDatabase(directory());
    expect(database.prepare('pragma synchronous').get()).toEqual({ synchronous: 2 });
    expect(database.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' });
  });

  test('commits all of a transaction or nothing', () => {
    const database = openDatabase(directory());
    const events = new EventLog(database);
    expect(() =>
      transaction(database, () => {
        events.append(event('a'));
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(events.after(0)).toEqual([]);
  });

  test('on a full disk says so, and that nothing was accepted', () => {
    const database = openDatabase(directory());
    const events = new EventLog(database);
    const { page_count: pages } = database.prepare('pragma page_count').get() as { page_count: number };
    database.exec(`pragma max_page_count = ${pages}`);
    const fill = (): void => {
      for (let index = 0; index < 1000; index++) events.append({ ...event(String(index)), data: 'x'.repeat(1000) });
    };
    expect(() => transaction(database, fill)).toThrow(
      expect.objectContaining({ code: 'Unavailable', retry: 'backoff', message: expect.stringContaining('disk') }),
    );
    expect(events.after(0)).toEqual([]);
  });
});

describe('the lock of a state directory', () => {
  test('is held by one at a time, and given back', () => {
    const path = directory();
    expect(HostLock.isHeld(path)).toBe(false);
    const lock = HostLock.take(path)!;
    expect(HostLock.take(path)).toBeUndefined();
    expect(HostLock.isHeld(path)).toBe(true);
    lock.release();
    expect(HostLock.isHeld(path)).toBe(false);
    expect(HostLock.take(path)).toBeDefined();
  });
});

describe('records', () => {
  test('are written by who saw the version before', async () => {
    const records = new SqliteRecords(openDatabase(directory()));
    await records.put('kind', 'key', { a: 1 }, 0);
    await records.put('kind', 'key', { a: 2 }, 1);
    expect(await records.get('kind', 'key')).toEqual({ key: 'key', value: { a: 2 }, version: 2 });
    await expect(records.put('kind', 'key', { a: 3 }, 1)).rejects.toMatchObject({ code: 'Conflict', retry: 'backoff' });
    await expect(records.put('kind', 'other', {}, 1)).rejects.toMatchObject({ code: 'Conflict' });
  });
});

describe('the event log', () => {
  test('keeps each (source, id) once', () => {
    const events = new EventLog(openDatabase(directory()));
    expect([events.append(event('a')), events.append(event('a')), events.append(event('a', 'other'))]).toEqual([
      true,
      false,
      true,
    ]);
    expect(events.after(0).map(({ event: { source, id } }) => `${source}/${id}`)).toEqual(['test/a', 'other/a']);
  });

  test('is followed as it grows', async () => {
    const events = new EventLog(openDatabase(directory()));
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const { event: found } of events.follow(0, stop.signal)) {
        seen.push(found.id);
        if (seen.length === 2) stop.abort();
      }
    })();
    events.append(event('a'));
    await new Promise(setImmediate);
    events.append(event('b'));
    await following;
    expect(seen).toEqual(['a', 'b']);
  });
});

describe('requests', () => {
  test('that an ended process left in progress can be made again', async () => {
    const path = directory();
    const clock = new VirtualClock(0);
    const first = new SqliteIdempotency(openDatabase(path), clock);
    await first.claim('operation', 'id', 'hash');
    const second = new SqliteIdempotency(openDatabase(path), clock);
    expect(await second.claim('operation', 'id', 'hash')).toEqual({ kind: 'Claimed' });
  });
});

describe('secrets', () => {
  test('come from the environment, or from a file that only its owner may read', () => {
    const path = directory();
    mkdirSync(join(path, 'secrets'));
    writeFileSync(join(path, 'secrets', 'from-file'), 'two\n', { mode: 0o600 });
    const secrets = new Secrets(path, { CLOUDLIB_SECRET_FROM_ENVIRONMENT: 'one' });
    expect([secrets.read('from-environment'), secrets.read('from-file')]).toEqual(['one', 'two']);
  });

  test('a file that others may read is refused, and its value is not told', () => {
    const path = directory();
    mkdirSync(join(path, 'secrets'));
    writeFileSync(join(path, 'secrets', 'open'), 'hunter2');
    chmodSync(join(path, 'secrets', 'open'), 0o644);
    expect(() => new Secrets(path, {}).read('open')).toThrow(
      expect.objectContaining({ code: 'Unauthorized', message: expect.not.stringContaining('hunter2') }),
    );
  });

  test('one that is not set is an error that says where to set it', () => {
    expect(() => new Secrets(directory(), {}).read('github-webhook')).toThrow(
      expect.objectContaining({ code: 'NotFound', message: expect.stringContaining('CLOUDLIB_SECRET_GITHUB_WEBHOOK') }),
    );
  });

  test.each(['../outside', '/etc/passwd', 'a/../../b', ''])('the name %p is refused', (name) => {
    expect(() => new Secrets(directory(), {}).read(name)).toThrow(expect.objectContaining({ code: 'InvalidInput' }));
  });
});

describe('the log of events of an earlier version', () => {
  test('is taken over with its places, and the time of each event', () => {
    const database = openDatabase(directory());
    database.exec(`create table events (cursor integer primary key autoincrement, source text not null, id text not null,
      type text not null, event text not null, unique (source, id)) strict`);
    const before = { ...event('a'), data: { kept: true } };
    database.prepare('insert into events values (7, ?, ?, ?, ?)').run('test', 'a', 'test', JSON.stringify(before));
    for (const events of [new EventLog(database), new EventLog(database)]) {
      expect(events.after(0)).toEqual([{ cursor: 7, acceptedAt: new Date('2026-01-01T00:00:00Z'), event: before }]);
    }
    expect(new EventLog(database).add(event('b'))).toBe(8);
  });
});

describe('a group commit', () => {
  test('commits what comes together, and undoes a change that throws alone', async () => {
    const database = openDatabase(directory());
    const events = new EventLog(database);
    const commit = new GroupCommit(database);
    const changes = ['a', 'b', 'c'].map((id) =>
      commit.run(() => {
        events.append(event(id));
        if (id === 'b') throw new Error('not b');
        return id;
      }),
    );
    expect(await Promise.allSettled(changes)).toEqual([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: new Error('not b') },
      { status: 'fulfilled', value: 'c' },
    ]);
    expect(events.after(0).map((logged) => logged.event.id)).toEqual(['a', 'c']);
  });

  test('waits until a transaction that somebody has open is over', async () => {
    const database = openDatabase(directory());
    const events = new EventLog(database);
    const commit = new GroupCommit(database);
    database.exec('begin');
    const change = commit.run(() => events.append(event('a')));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    database.exec('rollback');
    expect(await change).toBe(true);
    expect(events.after(0)).toHaveLength(1);
  });
});
