import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Json } from '../../../../shared/core/codecs.ts';
import {
  type CloudEventJson,
  type Envelope,
  fromEventBridge,
  readEnvelope,
  toEventBridge,
} from '../../../../shared/semantics/events/eventBridge.ts';

const envelope: Envelope = {
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'EC2 Instance State-change Notification',
  source: 'aws.ec2',
  account: '111122223333',
  time: '2027-12-22T18:43:48Z',
  region: 'us-west-1',
  resources: ['arn:aws:ec2:us-west-1:111122223333:instance/i-1234567890abcdef0'],
  detail: { 'instance-id': 'i-1234567890abcdef0', state: 'terminated' },
};
const event: CloudEventJson = {
  specversion: '1.0',
  id: '1',
  source: '/shop',
  type: 'shop.order',
  time: '2027-01-01T00:00:00.123Z',
  subject: 'order-7',
  datacontenttype: 'application/json',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  data: [1, null, { a: 'b' }],
};

describe('an event of EventBridge', () => {
  test('is a CloudEvent with its detail as data', () => {
    expect(fromEventBridge(envelope)).toEqual({
      specversion: '1.0',
      id: envelope.id,
      source: 'aws.ec2',
      type: 'EC2 Instance State-change Notification',
      time: '2027-12-22T18:43:48Z',
      datacontenttype: 'application/json',
      awsaccount: '111122223333',
      awsregion: 'us-west-1',
      awsresources: '["arn:aws:ec2:us-west-1:111122223333:instance/i-1234567890abcdef0"]',
      data: { 'instance-id': 'i-1234567890abcdef0', state: 'terminated' },
    });
    expect(toEventBridge(fromEventBridge(envelope))).toEqual(envelope);
  });

  test('keeps the name of the replay that it comes from', () => {
    const replayed = { ...envelope, 'replay-name': 'monday' };
    expect(fromEventBridge(replayed)).toMatchObject({ awsreplay: 'monday' });
    expect(toEventBridge(fromEventBridge(replayed))).toEqual(replayed);
  });

  test('that looks as if it carried an event, and does not, keeps its detail', () => {
    const odd: Envelope['detail'][] = [
      { cloudevent: 'yes' },
      { cloudevent: {} },
      { cloudevent: event as Json, more: 1 },
      { cloudevent: { ...event, source: '/other' } as Json },
      { cloudevent: { whole: event as Json } },
      { cloudevent: { ...event, awsregion: 'eu' } as Json },
    ];
    for (const detail of odd) {
      expect(fromEventBridge({ ...envelope, detail }).data).toEqual(detail);
      expect(toEventBridge(fromEventBridge({ ...envelope, detail }))).toEqual({ ...envelope, detail });
    }
  });
});

describe('a CloudEvent', () => {
  test('is carried whole, because the envelope has no place for all of it', () => {
    expect(toEventBridge(event)).toEqual({
      version: '0',
      id: '1',
      'detail-type': 'shop.order',
      source: '/shop',
      account: '',
      time: event.time,
      region: '',
      resources: [],
      detail: { cloudevent: event },
    });
    expect(fromEventBridge(toEventBridge(event))).toEqual(event);
  });

  test('is the same event when EventBridge has given it an id, a time, an account and a region', () => {
    const sent = toEventBridge(event);
    const delivered = {
      ...sent,
      id: 'e-1',
      time: '2027-01-01T00:00:01Z',
      account: '111122223333',
      region: 'eu-west-1',
    };
    const received = fromEventBridge(delivered);
    expect(received).toEqual({
      ...event,
      awseventid: 'e-1',
      awstime: '2027-01-01T00:00:01Z',
      awsaccount: '111122223333',
      awsregion: 'eu-west-1',
    });
    expect(toEventBridge(received)).toEqual(delivered);
  });
});

describe('no round trip loses anything', () => {
  const text = fc.oneof(fc.constantFrom('a', '/shop', 'aws.ec2', '0'), fc.string({ minLength: 1, maxLength: 8 }));
  const time = fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString());
  const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)));
  const object = fc.dictionary(
    fc.string({ maxLength: 5 }).filter((key) => key !== '__proto__'),
    json,
    { noNullPrototype: true },
  );

  const attributes = fc.record({ specversion: fc.constant('1.0' as const), id: text, source: text, type: text, time });
  const extension = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant('[]'), fc.constant(''));
  const more = fc.record(
    Object.fromEntries(
      [
        'subject',
        'datacontenttype',
        'awsaccount',
        'awsregion',
        'awsresources',
        'awsreplay',
        'awseventid',
        'awstime',
        'whole',
      ].map((name) => [name, name === 'datacontenttype' ? fc.constant('application/json') : extension] as const),
    ),
    { requiredKeys: [] },
  );

  // Envelopes in events in envelopes: what one side has made is what the other one may take for its own.
  const { events } = fc.letrec<{ events: CloudEventJson; envelopes: Envelope }>((tie) => ({
    events: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .tuple(attributes, more, fc.option(json, { nil: undefined }))
        .map(([own, others, data]) => ({ ...own, ...others, ...(data !== undefined && { data }) }) as CloudEventJson),
      tie('envelopes').map((inner) => fromEventBridge(inner as Envelope)),
      fc
        .tuple(attributes, tie('envelopes'))
        .map(([own, inner]) => ({ ...own, data: (inner as Envelope).detail }) as CloudEventJson),
    ),
    envelopes: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.record({
        version: fc.constant('0' as const),
        id: text,
        'detail-type': text,
        source: text,
        account: fc.constantFrom('', '111122223333'),
        time,
        region: fc.constantFrom('', 'eu-west-1'),
        resources: fc.array(text, { maxLength: 2 }),
        detail: object,
      }),
      fc
        .tuple(tie('events'), fc.constantFrom('', '111122223333'), fc.array(text, { maxLength: 1 }))
        .map(([inner, account, resources]) => ({ ...toEventBridge(inner as CloudEventJson), account, resources })),
      tie('events').map((inner) => ({ ...envelope, detail: { cloudevent: JSON.parse(JSON.stringify(inner)) } })),
    ),
  }));
  const envelopes = events.map((inner) => toEventBridge(inner));

  test('of CloudEvents', () => {
    fc.assert(
      fc.property(events, (one) => expect(fromEventBridge(toEventBridge(one))).toEqual(one)),
      { numRuns: 500 },
    );
  });

  test('of envelopes, among them such as carry events and such as only look so', () => {
    const changed = fc
      .tuple(
        envelopes,
        fc.constantFrom({}, { account: '1' }, { id: 'x' }, { resources: ['r'] }, { region: 'r', account: 'a' }),
      )
      .map(([one, change]) => ({ ...one, ...change }) as Envelope);
    fc.assert(
      fc.property(changed, (one) => expect(toEventBridge(fromEventBridge(one))).toEqual(one)),
      { numRuns: 500 },
    );
  });
});

test.each<[string, object, RegExp]>([
  ['no source', { source: undefined }, /source/],
  ['a detail that is no object', { detail: [1] }, /detail/],
  ['another version', { version: '1' }, /version "0" alone/],
  ['a time that is none', { time: 'now' }, /time/],
  ['something that EventBridge does not know', { subject: 'x' }, /subject/],
])('an envelope with %s is refused', (_what, change, message) => {
  expect(() => readEnvelope({ ...envelope, ...change })).toThrow(message);
});
