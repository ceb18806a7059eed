import { describe, expect, test } from '@jest/globals';
import { imageSizeOf } from '../../../examples/imagePipeline/imageSize.ts';

const png = (width: number, height: number): Buffer => {
  const head = Buffer.from('89504e470d0a1a0a0000000d49484452000000000000000008020000', 'hex');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
};

const segment = (marker: number, content: Buffer): Buffer => {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
};
const frame = (marker: number): Buffer => segment(marker, Buffer.from([8, 0x01, 0x02, 0x03, 0x04, 3]));
const SOI = Buffer.from([0xff, 0xd8]);
const EXIF = segment(0xe1, Buffer.alloc(30_000, 0xff));

describe('the size of an image is read from its beginning', () => {
  test.each<[string, Buffer, object | undefined]>([
    ['a PNG', png(640, 480), { format: 'png', width: 640, height: 480 }],
    ['a PNG of the largest size', png(2 ** 31 - 1, 1), { format: 'png', width: 2 ** 31 - 1, height: 1 }],
    ['a PNG that is cut off', png(640, 480).subarray(0, 20), undefined],
    ['a baseline JPEG', Buffer.concat([SOI, frame(0xc0)]), { format: 'jpeg', width: 0x304, height: 0x102 }],
    [
      'a progressive JPEG behind a preview',
      Buffer.concat([SOI, EXIF, frame(0xc2)]),
      { format: 'jpeg', width: 0x304, height: 0x102 },
    ],
    [
      'a JPEG with tables first',
      Buffer.concat([SOI, frame(0xc4), frame(0xc1)]),
      { format: 'jpeg', width: 0x304, height: 0x102 },
    ],
    [
      'a JPEG with fill bytes',
      Buffer.concat([SOI, Buffer.from([0xff, 0xff]), frame(0xc0)]),
      { format: 'jpeg', width: 0x304, height: 0x102 },
    ],
    ['a JPEG that is cut off', Buffer.concat([SOI, EXIF]).subarray(0, 500), undefined],
    ['a GIF', Buffer.from('47494638396120031802', 'hex'), { format: 'gif', width: 800, height: 536 }],
    ['a text', Buffer.from('no image'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ])('%s', (_what, head, size) => {
    expect(imageSizeOf(head)).toEqual(size);
  });
});
