import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type BsonDocument,
  decodeBson,
  encodeBson,
} from '../../../../../../shared/drivers/database/local/engines/bson.ts';

describe('BSON', () => {
  // The examples of https://bsonspec.org/faq.html.
  test.each<[BsonDocument, string]>([
    [{ hello: 'world' }, '160000000268656c6c6f0006000000776f726c640000'],
    [
      { BSON: ['awesome', 5.05, 1986] },
      '310000000442534f4e002600000002300008000000617765736f6d65000131003333333333331440103200c20700000000',
    ],
  ])('%j is the bytes of the specification', (document, bytes) => {
    expect(encodeBson(document).toString('hex')).toBe(bytes);
    expect(decodeBson(Buffer.from(bytes, 'hex'))).toEqual(document);
  });

  test('what is encoded is decoded again', () => {
    const value = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.date({ noInvalidDate: true }),
        fc.array(tie('value')),
        fc.dictionary(fc.stringMatching(/^[a-zä]{1,8}$/), tie('value')),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-zä]{1,8}$/), value), (document) => {
        expect(decodeBson(encodeBson(document as BsonDocument))).toEqual({ ...document });
      }),
    );
  });
});
