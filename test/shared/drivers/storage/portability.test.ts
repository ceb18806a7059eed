import { describe, expect, test } from '@jest/globals';
import { capabilities, type Offered, offered } from '../../../../shared/drivers/capabilities.ts';
import { STORAGE_GATES, type StoragePort } from '../../../../shared/drivers/storage/port.ts';
import { multi } from '../../../../shared/multi.ts';

/** Drivers that answer with the names of what was called; what they declare is all that matters here. */
const answering = (provider: string) =>
  new Proxy({}, { get: (_, method) => async () => `${provider}.${String(method)}` }) as Omit<
    StoragePort,
    'capabilities'
  >;
const plain = {
  ...methodsOf('plain'),
  capabilities: capabilities(STORAGE_GATES, ['conditionalWrites', 'checksums']),
};
const tagging = { ...methodsOf('tagging'), capabilities: capabilities(STORAGE_GATES, ['tags', 'checksums']) };

function methodsOf(provider: string): Omit<StoragePort, 'capabilities'> {
  const driver = answering(provider);
  const names = ['putObject', 'getObject', 'getTags', 'listVersions', 'presignPost', 'deleteObject'] as const;
  return Object.fromEntries(names.map((name) => [name, driver[name]])) as unknown as Omit<StoragePort, 'capabilities'>;
}

const BODY = new Uint8Array();

// What does not compile here is checked by the compiler: a line that did compile would make `@ts-expect-error` an error.
describe('two object stores as one', () => {
  const both = multi(plain, tagging);

  test('have what both declare', async () => {
    expect(await both.putObject('b', 'k', BODY, { metadata: {}, checksum: { algorithm: 'CRC32' } })).toBe(
      'plain.putObject',
    );
    expect(await both.getObject('b', 'k', { range: { start: 1 } })).toBe('plain.getObject');
  });

  test('have no operation and no option that one of them lacks', async () => {
    const refusal = { code: 'Unimplemented' };
    // @ts-expect-error the first one has no tags
    await expect(both.getTags({ bucket: 'b', key: 'k' })).rejects.toMatchObject(refusal);
    // @ts-expect-error neither has versions
    await expect(both.listVersions('b')).rejects.toMatchObject(refusal);
    // @ts-expect-error the second one has no conditions
    await expect(both.putObject('b', 'k', BODY, { preconditions: { ifNoneMatch: ['*'] } })).rejects.toMatchObject(
      refusal,
    );
    // @ts-expect-error neither deletes under conditions
    await expect(both.deleteObject('b', 'k', { preconditions: {} })).rejects.toMatchObject(refusal);
  });

  test('a program that is written for both compiles for each alone', async () => {
    const program = (store: Pick<typeof both, 'putObject'>) => store.putObject('b', 'k', BODY, { size: 0 });
    const alone: Offered<typeof tagging> = offered('tagging', tagging);
    expect(await program(both)).toBe('plain.putObject');
    expect(await program(offered('plain', plain))).toBe('plain.putObject');
    expect(await program(alone)).toBe('tagging.putObject');
  });
});
