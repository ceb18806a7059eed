/** What the first bytes of an image say of it. */
export interface ImageSize {
  format: 'png' | 'jpeg' | 'gif';
  width: number;
  height: number;
}

const PNG = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Reads format and size of a PNG, JPEG or GIF from its beginning; nothing when it is none of them, or is cut off too early. */
export function imageSizeOf(head: Buffer): ImageSize | undefined {
  if (head.subarray(0, 8).equals(PNG)) return pngSize(head);
  if (head[0] === 0xff && head[1] === 0xd8) return jpegSize(head);
  if (/^GIF8[79]a$/.test(head.toString('latin1', 0, 6))) return gifSize(head);
  return undefined;
}

/** IHDR is the first chunk (PNG, section 5.6). */
function pngSize(head: Buffer): ImageSize | undefined {
  if (head.length < 24 || head.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { format: 'png', width: head.readUInt32BE(16), height: head.readUInt32BE(20) };
}

/** Walks over the segments to the start of frame (ITU-T T.81, annex B). */
function jpegSize(head: Buffer): ImageSize | undefined {
  for (let at = 2; at + 9 <= head.length && head[at] === 0xff; ) {
    const marker = head[at + 1]!;
    if (isStartOfFrame(marker))
      return { format: 'jpeg', width: head.readUInt16BE(at + 7), height: head.readUInt16BE(at + 5) };
    // Between two segments there may be any number of fill bytes.
    at += marker === 0xff ? 1 : 2 + head.readUInt16BE(at + 2);
  }
  return undefined;
}

/** SOF0 to SOF15, without the tables DHT, JPG and DAC that stand among them. */
const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

function gifSize(head: Buffer): ImageSize | undefined {
  if (head.length < 10) return undefined;
  return { format: 'gif', width: head.readUInt16LE(6), height: head.readUInt16LE(8) };
}
