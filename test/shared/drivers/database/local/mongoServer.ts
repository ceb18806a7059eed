import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  type BsonDocument,
  decodeBson,
  encodeBson,
} from '../../../../../shared/drivers/database/local/engines/bson.ts';

type Users = Record<string, string>;

/** As much of a MongoDB server as users need to be made and to log in; it keeps them in its data directory. */
export function serveMongo(port: number, data: string): Server {
  const file = join(data, 'users.json');
  const users: Users = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  const save = (): void => writeFileSync(file, JSON.stringify(users), { mode: 0o600 });
  return createServer((socket) => converse(socket, users, save)).listen(port, '127.0.0.1');
}

const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const fail = (errmsg: string): BsonDocument => ({ ok: 0, errmsg });

interface Session {
  user?: string;
  first?: string;
  serverFirst?: string;
  salt?: Buffer;
  name?: string;
}

function answer(command: BsonDocument, session: Session, users: Users, save: () => void): BsonDocument {
  if ('ping' in command) return { ok: 1 };
  if ('saslStart' in command) return begin(String(Buffer.from(command.payload as Uint8Array)), session);
  if ('saslContinue' in command) return prove(String(Buffer.from(command.payload as Uint8Array)), session, users);
  const first = Object.keys(users).length === 0;
  if (session.user === undefined && !first) return fail('command requires authentication');
  const name = String(command.createUser ?? command.updateUser ?? '');
  if ('createUser' in command && name in users) return fail('the user exists already');
  if (name) {
    users[name] = String(command.pwd);
    save();
    return { ok: 1 };
  }
  if ('listDatabases' in command) return { ok: 1, totalSize: 4096 };
  if ('serverStatus' in command) return { ok: 1, connections: { current: 3 }, opcounters: { query: 5, insert: 2 } };
  return fail('no such command');
}

function begin(payload: string, session: Session): BsonDocument {
  session.first = payload.slice(3);
  const [, name, nonce] = /^n=([^,]*),r=(.*)$/.exec(session.first)!;
  session.name = name!;
  session.salt = randomBytes(16);
  session.serverFirst = `r=${nonce}${randomBytes(6).toString('hex')},s=${session.salt.toString('base64')},i=4096`;
  return { ok: 1, conversationId: 1, done: false, payload: Buffer.from(session.serverFirst) };
}

function prove(payload: string, session: Session, users: Users): BsonDocument {
  const [, withoutProof, proof] = /^(.*),p=(.*)$/.exec(payload)!;
  const salted = pbkdf2Sync(users[session.name!] ?? '', session.salt!, 4096, 32, 'sha256');
  const message = `${session.first},${session.serverFirst},${withoutProof}`;
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  const signature = hmac(storedKey, message);
  const clientKey = Buffer.from(proof!, 'base64').map((byte, index) => byte ^ signature[index]!);
  if (!(session.name! in users) || !createHash('sha256').update(clientKey).digest().equals(storedKey)) {
    return fail('Authentication failed.');
  }
  session.user = session.name!;
  const verifier = hmac(hmac(salted, 'Server Key'), message).toString('base64');
  return { ok: 1, conversationId: 1, done: true, payload: Buffer.from(`v=${verifier}`) };
}

function converse(socket: Socket, users: Users, save: () => void): void {
  const session: Session = {};
  let pending = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
      const size = pending.readInt32LE(0);
      const body = encodeBson(answer(decodeBson(pending.subarray(21, size)), session, users, save));
      pending = pending.subarray(size);
      const head = Buffer.alloc(21);
      head.writeInt32LE(head.length + body.length, 0);
      head.writeInt32LE(2013, 12);
      // In two pieces, as a network may deliver it.
      const whole = Buffer.concat([head, body]);
      socket.write(whole.subarray(0, 10));
      setImmediate(() => socket.write(whole.subarray(10)));
    }
  });
}
