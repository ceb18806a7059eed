import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { findProgram, runAs, versionOf } from '../programs.ts';
import { ADMIN, type Engine, MASTER, type Node } from './engine.ts';
import { writeFor } from './settingsFile.ts';

const CONNECT_TIMEOUT = 5_000;
/** Seconds that writers get to finish before a snapshot; later than that it relies on the engine's own repair of what was under way. */
const LOCK_PATIENCE = 10;
/** What Amazon RDS gives to its master user. */
const MASTER_PRIVILEGES =
  'select, insert, update, delete, create, drop, reload, process, references, index, alter, show databases, create temporary tables, lock tables, execute, create view, show view, create routine, alter routine, create user, event, trigger';

/** MySQL or MariaDB, whichever is installed; https://mariadb.com/docs/server/ and https://dev.mysql.com/doc/refman/8.4/en/. */
export const mysql: Engine = {
  kind: 'MySQL',
  capabilities: new Set(),
  logs: { error: 'stderr.log', slowquery: 'slowquery.log' },
  stopSignal: 'SIGTERM',
  advice: 'install MySQL or MariaDB so that "mysqld" or "mariadbd" is on the PATH (Debian: apt install mariadb-server)',

  async find() {
    const program = findProgram(['mysqld', 'mariadbd']);
    if (program === undefined) return undefined;
    const { version, text } = await versionOf(program);
    return { program, version, flavour: /mariadb/i.test(text) ? 'MariaDB' : 'MySQL' };
  },

  async initialise(node, signal) {
    const { program, flavour } = node.installation;
    const run = (file: string, parameters: string[]): Promise<void> =>
      runAs(node.account, file, parameters, { directory: node.directory, signal });
    if (flavour === 'MariaDB') {
      const setup = findProgram(['mariadb-install-db', 'mysql_install_db']);
      if (setup === undefined) throw new Error('mariadb-install-db is not on the PATH; it comes with MariaDB');
      await run(setup, [
        '--no-defaults',
        `--datadir=${node.data}`,
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
      ]);
    } else await run(program, ['--no-defaults', '--initialize-insecure', `--datadir=${node.data}`]);
    await writeFor(node, join(node.directory, FIRST_START), firstStart(node));
  },

  async configure(node) {
    const first = join(node.directory, FIRST_START);
    await writeFor(
      node,
      join(node.directory, 'my.cnf'),
      [
        '# Written at each start.',
        '[mysqld]',
        `datadir="${node.data}"`,
        'bind-address=127.0.0.1',
        `port=${node.port}`,
        'socket=server.sock',
        'pid-file=server.pid',
        'skip-name-resolve',
        `innodb_buffer_pool_size=${node.cache}M`,
        'slow_query_log=1',
        `slow_query_log_file="${join(node.directory, 'logs', mysql.logs.slowquery!)}"`,
        ...(existsSync(first) ? [`init_file="${first}"`] : []),
        '',
      ].join('\n'),
    );
  },

  command: (node) => [node.installation.program, `--defaults-file=${join(node.directory, 'my.cnf')}`],

  ping: (node) => asAdmin(node, async (connection) => void (await connection.query('select 1'))),

  prepare: (node, masterPassword) =>
    asAdmin(node, async (connection) => {
      await connection.query(`create user if not exists ${MASTER}@'%' identified by ?`, [masterPassword]);
      await connection.query(`alter user ${MASTER}@'%' identified by ?`, [masterPassword]);
      await connection.query(`grant ${MASTER_PRIVILEGES} on *.* to ${MASTER}@'%' with grant option`);
      await rm(join(node.directory, FIRST_START), { force: true });
    }),

  measure: (node) =>
    asAdmin(node, async (connection) => {
      const [rows] = await connection.query<RowDataPacket[]>('show global status');
      const status = new Map(rows.map(({ Variable_name, Value }) => [Variable_name, Number(Value)]));
      const number = (name: string): number => status.get(name) ?? 0;
      const [sizes] = await connection.query<RowDataPacket[]>(
        'select coalesce(sum(data_length + index_length), 0) as bytes from information_schema.tables',
      );
      const reads = number('Innodb_buffer_pool_read_requests');
      return {
        connections: number('Threads_connected') - 1,
        cacheHits: Math.max(0, reads - number('Innodb_buffer_pool_reads')),
        cacheReads: reads,
        size: Number(sizes[0]!.bytes),
        transactions: number('Handler_commit') + number('Handler_rollback'),
      };
    }),

  connectionString: ({ address, port }, password) =>
    `mysql://${MASTER}:${encodeURIComponent(password)}@${address}:${port}`,

  connect: ({ address, port }, password) =>
    withConnection({ host: address, port, user: MASTER, password }, async (connection) => {
      await connection.query('select 1');
    }),

  quiesce: (node, copy) =>
    asAdmin(node, async (connection) => {
      await connection.query(`set session lock_wait_timeout = ${LOCK_PATIENCE}`);
      await connection.query('flush tables with read lock').catch(() => undefined);
      // The lock ends with the connection.
      await copy();
    }),

  isTransient: (path) => path === 'server.pid' || path === 'server.sock' || path === 'ddl_recovery.log',

  timeOf(line) {
    const iso = /^(?:# Time: )?(\d{4}-\d\d-\d\d)[T ]+(\d\d?:\d\d:\d\d(?:\.\d+)?)/.exec(line);
    if (iso) return new Date(`${iso[1]}T${iso[2]!.padStart(8, '0')}Z`);
    const short = /^# Time: (\d\d)(\d\d)(\d\d) +(\d\d?:\d\d:\d\d)/.exec(line);
    return short ? new Date(`20${short[1]}-${short[2]}-${short[3]}T${short[4]!.padStart(8, '0')}Z`) : undefined;
  },
};

/** Statements that the first start runs before it lets anybody in. */
const FIRST_START = 'first-start.sql';

function firstStart(node: Node): string {
  const password = node.adminPassword.replaceAll("'", "''");
  const hosts = ['localhost', '127.0.0.1', '::1', hostname()];
  return [
    `create user if not exists '${ADMIN}'@'127.0.0.1' identified by '${password}';`,
    `grant all on *.* to '${ADMIN}'@'127.0.0.1' with grant option;`,
    ...hosts.flatMap((host) => ["root'", "'"].map((user) => `drop user if exists '${user}@'${host}';`)),
    '',
  ].join('\n');
}

interface Login {
  host: string;
  port: number;
  user: string;
  password: string;
}

const asAdmin = <T>(node: Node, use: (connection: Connection) => Promise<T>): Promise<T> =>
  withConnection({ host: '127.0.0.1', port: node.port, user: ADMIN, password: node.adminPassword }, use);

async function withConnection<T>(login: Login, use: (connection: Connection) => Promise<T>): Promise<T> {
  const { createConnection } = await import('mysql2/promise');
  const connection = await createConnection({ ...login, connectTimeout: CONNECT_TIMEOUT });
  // A server that ends while nothing is asked of it is noticed by the next question.
  connection.on('error', () => undefined);
  try {
    return await use(connection);
  } finally {
    connection.destroy();
  }
}
