/** What a test keeps in a database, through whatever its engine speaks. */
export interface Content {
  put(key: string, value: string): Promise<void>;
  get(key: string): Promise<string | undefined>;
  /** Writes the same value under two keys, both or none. */
  putPair(first: string, second: string, value: string): Promise<void>;
  close(): Promise<void>;
}

const OPENERS: Record<string, (connectionString: string) => Promise<Content>> = {
  'postgresql:': openPostgres,
  'mysql:': openMysql,
  'redis:': openRedis,
};

/** Connects as a client of the instance does. */
export function openContent(connectionString: string): Promise<Content> {
  return OPENERS[new URL(connectionString).protocol]!(connectionString);
}

async function openPostgres(connectionString: string): Promise<Content> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('create table if not exists content (key text primary key, value text not null)');
  const upsert = 'insert into content values ($1, $2) on conflict (key) do update set value = excluded.value';
  return {
    put: async (key, value) => void (await client.query(upsert, [key, value])),
    get: async (key) => (await client.query('select value from content where key = $1', [key])).rows[0]?.value,
    putPair: async (first, second, value) => {
      await client.query('begin');
      await client.query(upsert, [first, value]);
      await client.query(upsert, [second, value]);
      await client.query('commit');
    },
    close: () => client.end(),
  };
}

async function openMysql(connectionString: string): Promise<Content> {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection(connectionString);
  connection.on('error', () => undefined);
  await connection.query('create database if not exists content');
  await connection.query(
    'create table if not exists content.content (name varchar(200) primary key, value text not null) engine = innodb',
  );
  const upsert = 'insert into content.content values (?, ?) on duplicate key update value = values(value)';
  return {
    put: async (key, value) => void (await connection.query(upsert, [key, value])),
    get: async (key) => {
      const [rows] = await connection.query('select value from content.content where name = ?', [key]);
      return (rows as { value: string }[])[0]?.value;
    },
    putPair: async (first, second, value) => {
      await connection.query('begin');
      await connection.query(upsert, [first, value]);
      await connection.query(upsert, [second, value]);
      await connection.query('commit');
    },
    close: () => connection.end(),
  };
}

async function openRedis(connectionString: string): Promise<Content> {
  const { createClient } = await import('redis');
  const client = createClient({ url: connectionString, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  await client.connect();
  return {
    put: async (key, value) => void (await client.set(key, value)),
    get: async (key) => (await client.get(key)) ?? undefined,
    putPair: async (first, second, value) => void (await client.multi().set(first, value).set(second, value).exec()),
    close: async () => client.destroy(),
  };
}
