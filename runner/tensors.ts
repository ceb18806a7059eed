import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { CloudError } from '../shared/core/errors.ts';

/** The element types of the Open Inference Protocol. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const;
export type Datatype = (typeof DATATYPES)[number];

/** An input or output of a model as the protocol describes it: -1 stands for a dimension of any size. */
export interface TensorInfo {
  name: string;
  datatype: Datatype;
  shape: number[];
}

/** A tensor as it travels in JSON, row-major; `data` is flat or nested as its shape says. */
export interface JsonTensor {
  name: string;
  datatype: Datatype;
  shape: number[];
  data: unknown[];
}

/** A tensor as ONNX Runtime takes and gives it. */
export interface TypedTensor {
  type: Tensor.Type;
  dims: readonly number[];
  data: Tensor.DataType;
}

/** How the elements of one datatype look in JSON and in memory. */
interface Elements {
  type: Tensor.Type;
  /** What a JSON element may be, for the error message. */
  expected: string;
  accepts: (value: unknown) => boolean;
  pack: (values: unknown[]) => Tensor.DataType;
}

const ELEMENTS: Record<Datatype, Elements> = {
  BOOL: {
    type: 'bool',
    expected: 'true or false',
    accepts: (value) => typeof value === 'boolean',
    pack: (values) => Uint8Array.from(values, Number),
  },
  UINT8: { type: 'uint8', ...integers(0, 255), pack: (values) => Uint8Array.from(values as number[]) },
  UINT16: { type: 'uint16', ...integers(0, 65_535), pack: (values) => Uint16Array.from(values as number[]) },
  UINT32: { type: 'uint32', ...integers(0, 2 ** 32 - 1), pack: (values) => Uint32Array.from(values as number[]) },
  UINT64: {
    type: 'uint64',
    ...integers(0, Number.MAX_SAFE_INTEGER),
    pack: (values) => BigUint64Array.from(values as number[], BigInt),
  },
  INT8: { type: 'int8', ...integers(-128, 127), pack: (values) => Int8Array.from(values as number[]) },
  INT16: { type: 'int16', ...integers(-32_768, 32_767), pack: (values) => Int16Array.from(values as number[]) },
  INT32: { type: 'int32', ...integers(-(2 ** 31), 2 ** 31 - 1), pack: (values) => Int32Array.from(values as number[]) },
  INT64: {
    type: 'int64',
    ...integers(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    pack: (values) => BigInt64Array.from(values as number[], BigInt),
  },
  FP16: {
    type: 'float16',
    ...floats('65504', (value) => Number.isFinite(Math.f16round(value))),
    pack: (values) => new Uint16Array(Float16Array.from(values as number[]).buffer),
  },
  FP32: {
    type: 'float32',
    ...floats('3.4028235e38', (value) => Number.isFinite(Math.fround(value))),
    pack: (values) => Float32Array.from(values as number[]),
  },
  FP64: {
    type: 'float64',
    ...floats('1.7976931348623157e308', Number.isFinite),
    pack: (values) => Float64Array.from(values as number[]),
  },
  BYTES: {
    type: 'string',
    expected: 'texts',
    accepts: (value) => typeof value === 'string',
    pack: (values) => values as string[],
  },
};

/** 64-bit integers end at ±(2^53 − 1) here, because a larger number has already lost digits when JSON is read. */
function integers(smallest: number, largest: number): Pick<Elements, 'expected' | 'accepts'> {
  return {
    expected: `whole numbers from ${smallest} to ${largest}`,
    accepts: (value) => Number.isInteger(value) && (value as number) >= smallest && (value as number) <= largest,
  };
}

function floats(largest: string, fits: (value: number) => boolean): Pick<Elements, 'expected' | 'accepts'> {
  return {
    expected: `numbers from -${largest} to ${largest}`,
    accepts: (value) => typeof value === 'number' && fits(value),
  };
}

/** What the protocol says of a model's input or output; throws for a kind of value that the protocol cannot carry. */
export function describeTensor(metadata: InferenceSession.ValueMetadata): TensorInfo {
  if (!metadata.isTensor) {
    throw new CloudError('InvalidInput', `"${metadata.name}" is a sequence or a map; only tensors can be served`);
  }
  const datatype = datatypeOf(metadata.type);
  if (!datatype) {
    throw new CloudError(
      'InvalidInput',
      `"${metadata.name}" has elements of type ${metadata.type}, which cannot be served`,
    );
  }
  const shape = metadata.shape.map((size) => (typeof size === 'number' ? size : -1));
  return { name: metadata.name, datatype, shape };
}

function datatypeOf(type: Tensor.Type): Datatype | undefined {
  return DATATYPES.find((datatype) => ELEMENTS[datatype].type === type);
}

/** The tensor that a request gives for one input of the model; `InvalidInput` says what is wrong with it. */
export function readTensor(given: JsonTensor, wanted: TensorInfo): TypedTensor {
  const place = `input "${given.name}"`;
  if (given.datatype !== wanted.datatype) {
    throw invalid(place, `datatype "${given.datatype}" is not what the model takes; send "${wanted.datatype}"`);
  }
  if (!fitsShape(given.shape, wanted.shape)) {
    throw invalid(
      place,
      `shape ${show(given.shape)} is not what the model takes; send ${show(wanted.shape)}, where -1 is any size`,
    );
  }
  const elements = ELEMENTS[wanted.datatype];
  const values = flatten(given, place);
  const wrong = values.findIndex((value) => !elements.accepts(value));
  if (wrong >= 0) {
    const element = `element ${wrong} of its data (counted row by row)`;
    throw invalid(place, `${element} is ${show(values[wrong])}; ${wanted.datatype} takes ${elements.expected}`);
  }
  return { type: elements.type, dims: given.shape, data: elements.pack(values) };
}

/** A tensor of the smallest shape that the model takes, full of zeros or empty texts. */
export function blankTensor(wanted: TensorInfo): TypedTensor {
  const dims = wanted.shape.map((size) => (size === -1 ? 1 : size));
  const blank = { BYTES: '', BOOL: false }[wanted.datatype as string] ?? 0;
  const elements = ELEMENTS[wanted.datatype];
  return { type: elements.type, dims, data: elements.pack(new Array(product(dims)).fill(blank)) };
}

/** A tensor of the model's answer as JSON, flat. A float that JSON has no number for (NaN, ±Infinity) becomes null. */
export function writeTensor(name: string, { type, dims, data }: TypedTensor): JsonTensor {
  const datatype = datatypeOf(type)!;
  const values: unknown[] = Array.from(data as Iterable<unknown>);
  return { name, datatype, shape: [...dims], data: values.map((value) => jsonElement(datatype, value)) };
}

function jsonElement(datatype: Datatype, value: unknown): unknown {
  if (datatype === 'BOOL') return value === 1;
  if (typeof value === 'bigint') return rawJson(String(value));
  return value;
}

/** A number with all its digits, also where it is beyond what a JavaScript number keeps. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/** An empty wanted shape stands for a scalar and for a rank that the model leaves open: the runtime tells them apart. */
function fitsShape(given: number[], wanted: number[]): boolean {
  if (wanted.length === 0) return true;
  return given.length === wanted.length && wanted.every((size, axis) => size === -1 || size === given[axis]);
}

function flatten({ shape, data }: JsonTensor, place: string): unknown[] {
  const values = Array.isArray(data[0]) && shape.length > 1 ? unnest(data, shape, place, 'data') : data;
  const count = product(shape);
  if (values.length === count) return values;
  throw invalid(place, `data has ${values.length} elements; shape ${show(shape)} asks for ${count}`);
}

function unnest(rows: unknown, [size, ...rest]: number[], place: string, path: string): unknown[] {
  if (!Array.isArray(rows)) throw invalid(place, `${path} is ${show(rows)}; the shape asks for a list of ${size} here`);
  if (rows.length !== size) throw invalid(place, `${path} has ${rows.length} entries; the shape asks for ${size}`);
  return rest.length === 0 ? rows : rows.flatMap((row, index) => unnest(row, rest, place, `${path}[${index}]`));
}

const product = (shape: readonly number[]): number => shape.reduce((size, dimension) => size * dimension, 1);

const invalid = (place: string, message: string): CloudError => new CloudError('InvalidInput', `${place}: ${message}`);

function show(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}
