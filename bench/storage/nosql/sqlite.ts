import { openDatabase } from '../../../infra/local/store/database.ts';
import { type Contender, textOf } from './contender.ts';

/** What is underneath: rows of JSON in a database that syncs each commit, and nothing else. */
export async function openSqlite(directory: string): Promise<Contender> {
  const database = openDatabase(directory);
  database.exec('create table things (id text not null, at real not null, json text not null, primary key (id, at))');
  const put = database.prepare('insert into things values (?, ?, ?) on conflict do update set json = excluded.json');
  const get = database.prepare('select json from things where id = ? and at = ?');
  const query = database.prepare('select json from things where id = ? order by at');
  const read = (row: Record<string, unknown> | undefined): unknown => row && JSON.parse(String(row.json));
  return {
    put: async (partition, at, n) => {
      const id = `partition-${partition}`;
      put.run(id, at, JSON.stringify({ id, at, text: textOf(n) }));
    },
    get: async (partition, at) => read(get.get(`partition-${partition}`, at)),
    query: async (partition) => query.all(`partition-${partition}`).map(read),
    close: async () => database.close(),
  };
}
