import { describe, expect, test } from '@jest/globals';
import {
  isOfSns,
  readSnsMessage,
  type SnsMessage,
  snsData,
  snsSignatureProblem,
  stringToSign,
} from '../../../../shared/semantics/webhooks/index.ts';
import { certificateOf, rsaKeys, signedMessage } from './certificates.ts';

const TOPIC = 'arn:aws:sns:eu-central-1:123456789012:orders';
const HOST = 'https://sns.eu-central-1.amazonaws.com';
const now = new Date('2027-01-01T00:00:00Z');
const keys = rsaKeys();
const certificate = certificateOf(keys, new Date('2026-06-01T00:00:00Z'), new Date('2027-06-01T00:00:00Z'));

const notification: Omit<SnsMessage, 'Signature'> = {
  Type: 'Notification',
  MessageId: 'm-1',
  TopicArn: TOPIC,
  Subject: 'An order',
  Message: '{"order":1}\nand more',
  Timestamp: '2027-01-01T00:00:00.000Z',
  SignatureVersion: '2',
  SigningCertURL: `${HOST}/SimpleNotificationService-1.pem`,
};
const { Subject: _, ...withoutSubject } = notification;
const confirmation: Omit<SnsMessage, 'Signature'> = {
  ...withoutSubject,
  Type: 'SubscriptionConfirmation',
  Token: 'token',
  SubscribeURL: `${HOST}/?Action=ConfirmSubscription&TopicArn=${TOPIC}&Token=token`,
};

describe('what SNS signs', () => {
  test('is a name and a value in turn, in the order of the alphabet, with the subject where there is one', () => {
    expect(stringToSign({ ...notification, Signature: '' })).toBe(
      `Message\n{"order":1}\nand more\nMessageId\nm-1\nSubject\nAn order\nTimestamp\n2027-01-01T00:00:00.000Z\nTopicArn\n${TOPIC}\nType\nNotification\n`,
    );
    expect(stringToSign({ ...withoutSubject, Signature: '' })).not.toContain('Subject');
  });

  test('is the address and the token of a confirmation', () => {
    const text = stringToSign({ ...confirmation, Signature: '' });
    expect(text).toContain(`\nSubscribeURL\n${confirmation.SubscribeURL}\nTimestamp\n`);
    expect(text).toContain('\nToken\ntoken\nTopicArn\n');
  });
});

describe('a message of SNS', () => {
  test.each(['1', '2'] as const)('with a signature of version %s is genuine', (SignatureVersion) => {
    for (const message of [notification, withoutSubject, confirmation]) {
      const signed = signedMessage({ ...message, SignatureVersion }, keys.privateKey);
      expect(readSnsMessage(signed, TOPIC)).toEqual(signed);
      expect(snsSignatureProblem(signed, certificate, now)).toBeUndefined();
    }
  });

  test('that was changed, or signed by another key, is not', () => {
    const signed = signedMessage(notification, keys.privateKey);
    for (const change of [{ Message: '{}' }, { Subject: 'Another' }, { MessageId: 'm-2' }, { Signature: 'AAAA' }]) {
      expect(snsSignatureProblem({ ...signed, ...change }, certificate, now)).toMatch(/does not match/);
    }
    const other = signedMessage(notification, rsaKeys().privateKey);
    expect(snsSignatureProblem(other, certificate, now)).toMatch(/does not match/);
    // A signature counts with the digest of its own version alone.
    expect(snsSignatureProblem({ ...signed, SignatureVersion: '1' }, certificate, now)).toMatch(/does not match/);
  });

  test('is not genuine with a certificate that has expired, does not count yet, or is none', () => {
    const signed = signedMessage(notification, keys.privateKey);
    expect(snsSignatureProblem(signed, certificate, new Date('2027-07-01'))).toMatch(/not valid now/);
    expect(snsSignatureProblem(signed, certificate, new Date('2026-01-01'))).toMatch(/not valid now/);
    expect(snsSignatureProblem(signed, '<html>', now)).toMatch(/no certificate/);
  });

  test.each<[string, unknown, RegExp]>([
    ['nothing', null, /no message of SNS/],
    ['a raw delivery', { order: 1 }, /no message of SNS/],
    ['a name of Object as its type', { ...notification, Type: 'toString' }, /Type is none/],
    ['no id', { ...notification, MessageId: undefined, Signature: 'x' }, /has no MessageId/],
    ['another topic', { ...notification, Signature: 'x', TopicArn: `${TOPIC}2` }, /another topic/],
    ['another version', { ...notification, Signature: 'x', SignatureVersion: '3' }, /neither 1 nor 2/],
    [
      'a certificate from elsewhere',
      { ...notification, Signature: 'x', SigningCertURL: 'https://example.com/a.pem' },
      /SigningCertURL/,
    ],
    [
      'something else of SNS as a certificate',
      { ...notification, Signature: 'x', SigningCertURL: `${HOST}/?Action=x` },
      /SigningCertURL/,
    ],
    [
      'a confirmation elsewhere',
      { ...confirmation, Signature: 'x', SubscribeURL: 'https://example.com/' },
      /does not lead to SNS/,
    ],
    [
      'a confirmation of another topic',
      { ...confirmation, Signature: 'x', SubscribeURL: `${HOST}/?Action=ConfirmSubscription&TopicArn=${TOPIC}2` },
      /does not confirm a subscription of this topic/,
    ],
    [
      'another action',
      { ...confirmation, Signature: 'x', SubscribeURL: `${HOST}/?Action=DeleteTopic&TopicArn=${TOPIC}` },
      /does not confirm/,
    ],
  ])('with %s is refused before anything is fetched', (_what, value, reason) => {
    expect(readSnsMessage(value, TOPIC)).toMatch(reason);
  });

  test('brings its Message as JSON where it is JSON, and nothing that only serves delivery', () => {
    const signed = signedMessage({ ...notification, Message: '{"order":1}' }, keys.privateKey);
    expect(snsData(signed)).toEqual({
      Message: { order: 1 },
      MessageId: 'm-1',
      TopicArn: TOPIC,
      Timestamp: notification.Timestamp,
      Subject: 'An order',
    });
    expect(snsData({ ...signed, Message: 'plain' })).toMatchObject({ Message: 'plain' });
  });
});

describe('an address of SNS', () => {
  test.each([`${HOST}/x.pem`, 'https://sns.us-gov-west-1.amazonaws.com/', 'https://sns.cn-north-1.amazonaws.com.cn/'])(
    'is %s',
    (url) => {
      expect(isOfSns(url)).toBe(true);
    },
  );

  test.each([
    'http://sns.eu-central-1.amazonaws.com/',
    'https://sns.eu-central-1.amazonaws.com.example.com/',
    'https://example.com/sns.eu-central-1.amazonaws.com/',
    'https://sns.eu-central-1.amazonaws.com:8443/',
    'https://sns.eu-central-1.amazonaws.com@example.com/',
    'https://user:password@sns.eu-central-1.amazonaws.com/',
    'https://bucket.s3.amazonaws.com/x.pem',
    'https://sns.evil.amazonaws.com/',
    'file:///etc/passwd',
    'no URL',
  ])('is not %s', (url) => {
    expect(isOfSns(url)).toBe(false);
  });
});
