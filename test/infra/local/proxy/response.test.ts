import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ResponseReader } from '../../../../infra/local/proxy/response.ts';

/** What the reader says about these pieces, with the chunks of the body joined. */
function readAll(pieces: Buffer[], method = 'GET') {
  const heard = {
    informations: [] as number[],
    status: 0,
    headers: [] as string[],
    body: '',
    trailers: [''],
    rest: '',
  };
  let ended = false;
  const reader = new ResponseReader();
  reader.begin(method, {
    onInformation: ({ status }) => heard.informations.push(status),
    onHead: ({ status, headers }) => Object.assign(heard, { status, headers }),
    onData: (chunk) => {
      heard.body += chunk.toString('latin1');
    },
    onEnd: (trailers) => {
      heard.trailers = trailers;
      ended = true;
    },
  });
  for (const piece of pieces) heard.rest += reader.read(piece)?.toString('latin1') ?? '';
  return { ...heard, ended };
}

/** The same text, cut into pieces at the given places. */
function cut(text: string, places: number[]): Buffer[] {
  const edges = [0, ...places.map((place) => place % text.length).toSorted((a, b) => a - b), text.length];
  return edges.slice(1).map((end, index) => Buffer.from(text.slice(edges[index], end), 'latin1'));
}

const chunked =
  'HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nX-A: \t1 \r\nX-Empty:\r\n\r\n' +
  '4\r\nab\r\n\r\n00A ; x="y"\r\n0123456789\r\n0\r\nDigest: 1\r\nContent-Length: 9\r\nX-B: 2\r\n\r\n';
const sized = 'HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nhello';

describe('response reader', () => {
  test('reads the same, wherever the bytes were cut', () => {
    fc.assert(
      fc.property(fc.constantFrom(chunked, sized), fc.array(fc.nat(), { maxLength: 40 }), (text, places) => {
        expect(readAll(cut(text, places))).toEqual(readAll([Buffer.from(text, 'latin1')]));
      }),
    );
  });

  test('reads interim answers, chunks with extensions, and trailers without those that would change the message', () => {
    expect(readAll([Buffer.from(chunked)])).toEqual({
      informations: [103],
      status: 200,
      headers: ['X-A', '1', 'X-Empty', ''],
      body: 'ab\r\n0123456789',
      trailers: ['Digest', '1', 'X-B', '2'],
      rest: '',
      ended: true,
    });
  });

  test('hands back what comes behind the end', () => {
    expect(readAll([Buffer.from(`${sized}more`)])).toMatchObject({ body: 'hello', rest: 'more', ended: true });
  });

  test('reads to the end of the connection where no length is given', () => {
    const events: string[] = [];
    const reader = new ResponseReader();
    reader.begin('GET', {
      onInformation: () => events.push('information'),
      onHead: () => events.push('head'),
      onData: (chunk) => events.push(chunk.toString()),
      onEnd: () => events.push('end'),
    });
    reader.read(Buffer.from('HTTP/1.1 200 OK\r\n\r\nabc'));
    expect(reader.close()).toBe(true);
    expect(events).toEqual(['head', 'abc', 'end']);
  });

  test('a connection that closes within a counted body does not complete it', () => {
    const reader = new ResponseReader();
    reader.begin('GET', { onInformation() {}, onHead() {}, onData() {}, onEnd() {} });
    reader.read(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc'));
    expect(reader.close()).toBe(false);
  });

  test('refuses or reads any bytes, and never hangs or throws something else', () => {
    const pieces = fc.array(
      fc.constantFrom(
        'HTTP/1.1 200 OK',
        '\r\n',
        '\r',
        '\n',
        'Content-Length: 3',
        'Transfer-Encoding: chunked',
        ':',
        '3',
        'abc',
        '0',
        ' ',
        '\0',
      ),
    );
    fc.assert(
      fc.property(pieces, (parts) => {
        try {
          readAll([Buffer.from(parts.join(''), 'latin1')]);
        } catch (error) {
          expect((error as Error).name).toBe('BadResponse');
        }
      }),
    );
  });

  test.each(['fffffffffffff', '-1', '0x5', '5 5', ' 5', '+5'])('the chunk size %j is refused', (size) => {
    const text = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\nhello\r\n`;
    expect(() => readAll([Buffer.from(text)])).toThrow('a chunk does not begin with its size');
  });
});
