import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { type Contender, TABLE, textOf } from './contender.ts';

/** The peer: dynalite in a process of its own, storing on the disk, under the AWS SDK's client. */
export async function openDynalite(directory: string): Promise<Contender> {
  const port = await freePort();
  const program = createRequire(import.meta.url).resolve('dynalite/cli.js');
  const words = ['--host', '127.0.0.1', '--port', String(port), '--path', directory, '--createTableMs', '0'];
  const child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  const client = new DynamoDBClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'local',
    credentials: { accessKeyId: 'id', secretAccessKey: 'unused' },
  });
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'id', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'id', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const key = (partition: number, at: number) => ({ id: { S: `partition-${partition}` }, at: { N: String(at) } });
  return {
    put: (partition, at, n) =>
      client.send(new PutItemCommand({ TableName: TABLE, Item: { ...key(partition, at), text: { S: textOf(n) } } })),
    get: (partition, at) => client.send(new GetItemCommand({ TableName: TABLE, Key: key(partition, at) })),
    query: (partition) =>
      client.send(
        new QueryCommand({
          TableName: TABLE,
          KeyConditionExpression: 'id = :id',
          ExpressionAttributeValues: { ':id': { S: `partition-${partition}` } },
        }),
      ),
    async close() {
      client.destroy();
      child.kill();
      await once(child, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
