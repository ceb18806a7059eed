import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import type { DatabaseEndpoint } from '../../../../types/database.ts';
import { makeFolder } from '../copyTree.ts';
import { findProgram, versionOf } from '../programs.ts';
import { ADMIN, type Engine, type Node } from './engine.ts';
import { writeFor } from './settingsFile.ts';

const CONNECT_TIMEOUT = 5_000;
/** What clients may not do, as with the clouds' own: change the server's settings, stop it, or make it follow another one. */
const MASTER_RULES = [
  ...['~*', '&*', '+@all'],
  ...['-config', '-debug', '-shutdown', '-module', '-replicaof', '-slaveof', '-failover', '-psync', '-sync'],
  ...['-save', '-bgsave', '-bgrewriteaof', '-migrate', '-cluster', '-acl', '+acl|whoami'],
];

/** Redis, or Valkey, which is the same to its clients; https://redis.io/docs/latest/operate/oss_and_stack/management/. */
export const redis: Engine = {
  kind: 'Redis',
  capabilities: new Set(),
  logs: { 'engine-log': 'stdout.log' },
  stopSignal: 'SIGTERM',
  advice:
    'install Redis or Valkey so that "redis-server" or "valkey-server" is on the PATH (Debian: apt install redis-server)',

  async find() {
    const program = findProgram(['redis-server', 'valkey-server']);
    return program === undefined ? undefined : { program, version: (await versionOf(program)).version };
  },

  async initialise(node) {
    await makeFolder(node.data, node.account);
    const hash = createHash('sha256').update(node.adminPassword).digest('hex');
    await writeFor(node, join(node.data, 'users.acl'), `user default off\nuser ${ADMIN} on #${hash} ~* &* +@all\n`);
  },

  async configure(node) {
    await writeFor(
      node,
      join(node.directory, 'redis.conf'),
      [
        '# Written at each start.',
        'bind 127.0.0.1',
        `port ${node.port}`,
        'dir data',
        'aclfile users.acl',
        // Its cache is its data, of which it holds more than other engines keep at hand.
        `maxmemory ${4 * node.cache}mb`,
        // What was acknowledged is on the disk.
        'appendonly yes',
        'appendfsync always',
        'save ""',
        '',
      ].join('\n'),
    );
  },

  command: (node) => [node.installation.program, join(node.directory, 'redis.conf')],

  ping: (node) => asAdmin(node, async (send) => void (await send('PING'))),

  prepare: (node, masterPassword) =>
    asAdmin(node, async (send) => {
      await send('ACL', 'SETUSER', 'default', 'reset', 'on', `>${masterPassword}`, ...MASTER_RULES);
      await send('ACL', 'SAVE');
    }),

  measure: (node) =>
    asAdmin(node, async (send) => {
      const text = String(await send('INFO', 'everything'));
      const number = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1] ?? 0);
      return {
        // Its own connection does not count.
        connections: number('connected_clients') - 1,
        cacheHits: number('keyspace_hits'),
        cacheReads: number('keyspace_hits') + number('keyspace_misses'),
        size: number('used_memory_dataset'),
        transactions: number('total_commands_processed'),
      };
    }),

  connectionString: ({ address, port }, password) => `redis://:${encodeURIComponent(password)}@${address}:${port}`,

  connect: (endpoint, password) =>
    withConnection(endpoint, { password }, async (send) => {
      await send('PING');
    }),

  isTransient: (path) => basename(path).startsWith('temp-'),

  timeOf(line) {
    const text = /^\d+:[A-Z] (\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3}) /.exec(line)?.[1];
    return text === undefined ? undefined : new Date(`${text} UTC`);
  },
};

type Send = (...command: string[]) => Promise<unknown>;

const asAdmin = <T>(node: Node, use: (send: Send) => Promise<T>): Promise<T> =>
  withConnection({ address: '127.0.0.1', port: node.port }, { username: ADMIN, password: node.adminPassword }, use);

async function withConnection<T>(
  { address, port }: DatabaseEndpoint,
  login: { username?: string; password: string },
  use: (send: Send) => Promise<T>,
): Promise<T> {
  const { createClient } = await import('redis');
  const client = createClient({
    ...login,
    socket: {
      host: address,
      port,
      connectTimeout: CONNECT_TIMEOUT,
      socketTimeout: CONNECT_TIMEOUT,
      reconnectStrategy: false,
    },
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use((...command) => client.sendCommand(command));
  } finally {
    client.destroy();
  }
}
