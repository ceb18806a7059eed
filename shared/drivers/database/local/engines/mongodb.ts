import { basename, join } from 'node:path';
import { makeFolder } from '../copyTree.ts';
import { findProgram, versionOf } from '../programs.ts';
import type { BsonDocument, BsonValue } from './bson.ts';
import { containerCommand, findContainerEngine, paused } from './container.ts';
import { ADMIN, type Engine, MASTER, type Node } from './engine.ts';
import { type RunCommand, withMongo } from './mongoConnection.ts';
import { writeFor } from './settingsFile.ts';

const MASTER_ROLES = ['readWriteAnyDatabase', 'dbAdminAnyDatabase', 'clusterMonitor'];
const IMAGE = { name: 'docker.io/library/mongo', data: '/data/db', port: 27017 };

/** MongoDB, as the server on the PATH or in a container; https://www.mongodb.com/docs/manual/administration/. */
export const mongodb: Engine = {
  kind: 'MongoDB',
  capabilities: new Set(),
  logs: { mongodb: 'stdout.log' },
  stopSignal: 'SIGTERM',
  advice: 'install MongoDB so that "mongod" is on the PATH, or a container engine (docker or podman)',

  async find() {
    const program = findProgram(['mongod']);
    if (program === undefined) return findContainerEngine();
    return { program, version: (await versionOf(program)).version };
  },

  initialise: (node) => makeFolder(node.data, node.account),

  configure: (node) =>
    // JSON is YAML as well.
    writeFor(
      node,
      join(node.directory, 'mongod.conf'),
      JSON.stringify({
        net: { bindIp: '127.0.0.1', port: node.port, unixDomainSocket: { enabled: false } },
        // A quarter of a gigabyte is the least that it takes.
        storage: {
          dbPath: node.data,
          wiredTiger: { engineConfig: { cacheSizeGB: Math.max(0.25, node.cache / 1024) } },
        },
        security: { authorization: 'enabled' },
      }),
    ),

  command: (node) =>
    node.installation.container
      ? containerCommand(node, { ...IMAGE, variables: Object.keys(adminVariables(node)), parameters: [] })
      : [node.installation.program, '--config', join(node.directory, 'mongod.conf')],

  environment: (node) => (node.installation.container ? adminVariables(node) : {}),

  ping: (node) => withMongo({ port: node.port }, async (run) => void (await run({ ping: 1 }))),

  async prepare(node, masterPassword) {
    const asAdmin = (use: (run: RunCommand) => Promise<void>): Promise<void> => withMongo(adminOf(node), use);
    const known = await asAdmin(async () => undefined).then(
      () => true,
      () => false,
    );
    // As long as there is no user at all, one may be made from this machine.
    if (!known) await withMongo({ port: node.port }, (run) => setUser(run, ADMIN, node.adminPassword, ['root']));
    await asAdmin((run) => setUser(run, MASTER, masterPassword, MASTER_ROLES));
  },

  measure: (node) =>
    withMongo(adminOf(node), async (run) => {
      const status = await run({ serverStatus: 1 });
      const { totalSize } = await run({ listDatabases: 1 });
      const reads = number(status, 'wiredTiger', 'cache', 'pages requested from the cache');
      return {
        connections: Math.max(0, number(status, 'connections', 'current') - 1),
        cacheHits: Math.max(0, reads - number(status, 'wiredTiger', 'cache', 'pages read into cache')),
        cacheReads: reads,
        size: Number(totalSize ?? 0),
        transactions: Object.values((status.opcounters ?? {}) as BsonDocument).reduce<number>(
          (sum, count) => sum + Number(count),
          0,
        ),
      };
    }),

  connectionString: ({ address, port }, password) =>
    `mongodb://${MASTER}:${encodeURIComponent(password)}@${address}:${port}/?authSource=admin`,

  connect: ({ port }, password) =>
    withMongo({ port, user: MASTER, password }, async (run) => void (await run({ listDatabases: 1, nameOnly: true }))),

  quiesce: (node, copy) => (node.installation.container ? paused(node, copy) : copy()),

  isTransient: (path) =>
    ['mongod.lock', 'WiredTiger.lock'].includes(basename(path)) || path.startsWith('diagnostic.data/'),

  timeOf(line) {
    const time = /^\{"t":\{"\$date":"([^"]+)"/.exec(line)?.[1];
    return time === undefined ? undefined : new Date(time);
  },
};

const adminOf = ({ port, adminPassword }: Node) => ({ port, user: ADMIN, password: adminPassword });

const adminVariables = ({ adminPassword }: Node): Record<string, string> => ({
  MONGO_INITDB_ROOT_USERNAME: ADMIN,
  MONGO_INITDB_ROOT_PASSWORD: adminPassword,
});

async function setUser(run: RunCommand, user: string, password: string, roles: string[]): Promise<void> {
  const settings = { pwd: password, roles: roles.map((role) => ({ role, db: 'admin' })) };
  const made = await run({ createUser: user, ...settings }).then(
    () => true,
    () => false,
  );
  if (!made) await run({ updateUser: user, ...settings });
}

function number(document: BsonDocument, ...path: string[]): number {
  const value = path.reduce<BsonValue | undefined>((at, key) => (at as BsonDocument | undefined)?.[key], document);
  return Number(value ?? 0);
}
