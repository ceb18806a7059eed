import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type BsonDocument, decodeBson, encodeBson } from './bson.ts';
import { scram } from './scram.ts';

/** Milliseconds until an attempt to connect, or a command, is given up. */
const TIMEOUT = 5_000;
const HEADER = 16;
const OP_MSG = 2013;
/** More than any answer to a command of ours. */
const LARGEST_ANSWER = 48 * 1024 * 1024;

/** Runs one command after another on the database `admin`. */
export type RunCommand = (command: BsonDocument) => Promise<BsonDocument>;

export interface MongoLogin {
  port: number;
  /** Nobody in particular when left out. */
  user?: string;
  password?: string;
}

/** Connects to a MongoDB of this machine; https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/. */
export async function withMongo<T>(
  { port, user, password }: MongoLogin,
  use: (run: RunCommand) => Promise<T>,
): Promise<T> {
  const socket = connect(port, '127.0.0.1');
  socket.setTimeout(TIMEOUT, () => socket.destroy(new Error('the server does not answer')));
  try {
    await once(socket, 'connect');
    const answers = messagesOf(socket);
    const run: RunCommand = async (command) => {
      socket.write(message({ ...command, $db: 'admin' }));
      const { value, done } = await answers.next();
      if (done || !value) throw new Error('the server ended the connection');
      if (value.ok !== 1) throw new Error(String(value.errmsg ?? 'the command failed'));
      return value;
    };
    if (user !== undefined) await logIn(run, user, password ?? '');
    return await use(run);
  } finally {
    socket.destroy();
  }
}

async function logIn(run: RunCommand, user: string, password: string): Promise<void> {
  const client = scram(user, password);
  const first = await run({
    saslStart: 1,
    mechanism: 'SCRAM-SHA-256',
    payload: Buffer.from(client.first),
    options: { skipEmptyExchange: true },
  });
  const proof = Buffer.from(client.final(payloadOf(first)));
  const second = await run({ saslContinue: 1, conversationId: first.conversationId!, payload: proof });
  client.verify(payloadOf(second));
  if (second.done !== true) {
    await run({ saslContinue: 1, conversationId: first.conversationId!, payload: new Uint8Array() });
  }
}

const payloadOf = ({ payload }: BsonDocument): string => Buffer.from(payload as Uint8Array).toString('utf8');

function message(command: BsonDocument): Buffer {
  const body = encodeBson(command);
  // Flags, and the kind of the one section that follows.
  const start = Buffer.alloc(HEADER + 5);
  start.writeInt32LE(start.length + body.length, 0);
  start.writeInt32LE(OP_MSG, 12);
  return Buffer.concat([start, body]);
}

async function* messagesOf(socket: Socket): AsyncGenerator<BsonDocument> {
  let pending = Buffer.alloc(0);
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const size = pending.readInt32LE(0);
      if (size < HEADER + 5) throw new Error('the server does not speak the protocol of MongoDB');
      yield decodeBson(pending.subarray(HEADER + 5, size));
      pending = pending.subarray(size);
    }
    if (pending.length >= 4 && pending.readInt32LE(0) > LARGEST_ANSWER) throw new Error('an answer is too large');
  }
}
