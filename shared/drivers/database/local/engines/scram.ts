import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** One side of a conversation by which a client shows that it knows a password, without sending it (SCRAM-SHA-256, RFC 5802 and RFC 7677). */
export interface ScramClient {
  first: string;
  /** What is answered to the server's first message. */
  final(serverFirst: string): string;
  /** Throws unless the server knows the password as well. */
  verify(serverFinal: string): void;
}

/** Begins such a conversation. */
export function scram(user: string, password: string, nonce = randomBytes(24).toString('base64')): ScramClient {
  const bare = `n=${user.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${nonce}`;
  let expected: Buffer = Buffer.alloc(0);
  return {
    first: `n,,${bare}`,
    final(serverFirst) {
      const { r = '', s = '', i = '' } = attributesOf(serverFirst);
      if (!r.startsWith(nonce) || Number(i) < 4096)
        throw new Error('the server answered something else than SCRAM-SHA-256');
      const salted = pbkdf2Sync(password, Buffer.from(s, 'base64'), Number(i), 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const storedKey = createHash('sha256').update(clientKey).digest();
      const withoutProof = `c=biws,r=${r}`;
      const message = `${bare},${serverFirst},${withoutProof}`;
      const signature = hmac(storedKey, message);
      expected = hmac(hmac(salted, 'Server Key'), message);
      const proof = clientKey.map((byte, index) => byte ^ signature[index]!);
      return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
    },
    verify(serverFinal) {
      const signature = Buffer.from(attributesOf(serverFinal).v ?? '', 'base64');
      if (signature.length === expected.length && timingSafeEqual(signature, expected)) return;
      throw new Error('the server does not know the password');
    },
  };
}

const hmac = (key: Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();

const attributesOf = (message: string): Record<string, string> =>
  Object.fromEntries(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
