import { describe, expect, test } from '@jest/globals';
import { scram } from '../../../../../../shared/drivers/database/local/engines/scram.ts';

// The conversation of RFC 7677, section 3.
const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_FIRST = `r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;

describe('SCRAM-SHA-256', () => {
  test('is the conversation of RFC 7677', () => {
    const client = scram('user', 'pencil', NONCE);
    expect(client.first).toBe(`n,,n=user,r=${NONCE}`);
    expect(client.final(SERVER_FIRST)).toBe(
      `c=biws,r=${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    );
    expect(() => client.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).not.toThrow();
  });

  test('refuses a server that does not know the password', () => {
    const client = scram('user', 'pencil', NONCE);
    client.final(SERVER_FIRST);
    expect(() => client.verify('v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).toThrow(/does not know/);
    expect(() => client.verify('e=invalid-proof')).toThrow(/does not know/);
  });

  test.each([SERVER_FIRST.replace(NONCE, 'another'), SERVER_FIRST.replace('4096', '1')])(
    'refuses %s, which would make the password easy to guess',
    (serverFirst) => {
      expect(() => scram('user', 'pencil', NONCE).final(serverFirst)).toThrow(/something else/);
    },
  );
});
