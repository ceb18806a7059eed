/** The values of BSON that commands of ours send, and those that their answers have; https://bsonspec.org/spec.html. */
export type BsonValue = string | number | boolean | null | Date | Uint8Array | BsonValue[] | BsonDocument;
export interface BsonDocument {
  [key: string]: BsonValue;
}

const TYPE = {
  double: 1,
  text: 2,
  document: 3,
  array: 4,
  binary: 5,
  boolean: 8,
  date: 9,
  null: 10,
  int32: 16,
  int64: 18,
};

/** A document as bytes. */
export function encodeBson(document: BsonDocument | BsonValue[]): Buffer {
  const parts = Object.entries(document).flatMap(([key, value]) => {
    const [type, bytes] = encodeValue(value);
    return [Buffer.from([type]), Buffer.from(`${key}\0`), bytes];
  });
  const body = Buffer.concat(parts);
  const size = Buffer.alloc(4);
  size.writeInt32LE(body.length + 5);
  return Buffer.concat([size, body, Buffer.alloc(1)]);
}

function encodeValue(value: BsonValue): [type: number, bytes: Buffer] {
  if (value === null) return [TYPE.null, Buffer.alloc(0)];
  if (typeof value === 'boolean') return [TYPE.boolean, Buffer.from([Number(value)])];
  if (typeof value === 'string') return [TYPE.text, sized(Buffer.from(`${value}\0`))];
  if (typeof value === 'number') return encodeNumber(value);
  if (value instanceof Date) return [TYPE.date, int64(value.getTime())];
  if (value instanceof Uint8Array) {
    const bytes = sized(Buffer.from(value));
    return [TYPE.binary, Buffer.concat([bytes.subarray(0, 4), Buffer.from([0]), bytes.subarray(4)])];
  }
  return [Array.isArray(value) ? TYPE.array : TYPE.document, encodeBson(value)];
}

function encodeNumber(value: number): [type: number, bytes: Buffer] {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    if (value !== (value | 0)) return [TYPE.int64, int64(value)];
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return [TYPE.int32, bytes];
  }
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return [TYPE.double, bytes];
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(value));
  return bytes;
}

function sized(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeInt32LE(bytes.length);
  return Buffer.concat([size, bytes]);
}

/** The document that some bytes begin with. A value of a type that no command of ours needs reads as null. */
export function decodeBson(bytes: Buffer): BsonDocument {
  const document: BsonDocument = {};
  const end = bytes.readInt32LE(0) - 1;
  for (let at = 4; at < end; ) {
    const type = bytes[at]!;
    const keyEnd = bytes.indexOf(0, at + 1);
    const [value, size] = decodeValue(type, bytes.subarray(keyEnd + 1));
    document[bytes.toString('utf8', at + 1, keyEnd)] = value;
    at = keyEnd + 1 + size;
  }
  return document;
}

/** The bytes of values that have no use here, by type: object id, timestamp, decimal, minimum and maximum key. */
const UNUSED: Record<number, number> = { 6: 0, 7: 12, 17: 8, 19: 16, 127: 0, 255: 0 };

function decodeValue(type: number, bytes: Buffer): [value: BsonValue, size: number] {
  switch (type) {
    case TYPE.double:
      return [bytes.readDoubleLE(0), 8];
    case TYPE.text:
      return [bytes.toString('utf8', 4, 3 + bytes.readInt32LE(0)), 4 + bytes.readInt32LE(0)];
    case TYPE.document:
      return [decodeBson(bytes), bytes.readInt32LE(0)];
    case TYPE.array:
      return [Object.values(decodeBson(bytes)), bytes.readInt32LE(0)];
    case TYPE.binary:
      return [Buffer.from(bytes.subarray(5, 5 + bytes.readInt32LE(0))), 5 + bytes.readInt32LE(0)];
    case TYPE.boolean:
      return [bytes[0] === 1, 1];
    case TYPE.date:
      return [new Date(Number(bytes.readBigInt64LE(0))), 8];
    case TYPE.null:
      return [null, 0];
    case TYPE.int32:
      return [bytes.readInt32LE(0), 4];
    case TYPE.int64:
      return [Number(bytes.readBigInt64LE(0)), 8];
    default:
      if (UNUSED[type] !== undefined) return [null, UNUSED[type]];
      throw new Error(`a value of BSON type ${type} was not expected`);
  }
}
