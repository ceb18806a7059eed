/**
 * Writes ONNX model files: the few messages of the ONNX protobuf schema that a small graph needs, encoded by hand, so that
 * the same graph gives the same bytes on every machine. Field numbers are those of the schema (`onnx.proto3` of the ONNX project).
 */

/** The element types of tensors; the numbers are TensorProto.DataType. */
const ELEMENT_TYPES = {
  float: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  double: 11,
  uint32: 12,
  uint64: 13,
} as const;

/** A named input or output of the graph; a dimension given as a text is dynamic. */
export interface Value {
  name: string;
  type: keyof typeof ELEMENT_TYPES;
  shape: (number | string)[];
}

/** A constant of the graph. */
export type Constant = { name: string; shape: number[] } & (
  | { type: 'string'; values: string[] }
  | { type: 'float' | 'int64'; values: number[] }
);

/** What an attribute of a node holds. */
export type Attribute = { int: number } | { ints: number[] } | { text: string } | { texts: string[] };

/** One operator of the graph; without a domain it is one of the standard operators. */
export interface Node {
  operator: string;
  domain?: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, Attribute>;
}

/** A whole model: one graph and the operator sets that it is written in. */
export interface Model {
  name: string;
  documentation: string;
  operatorSets: Record<string, number>;
  inputs: Value[];
  outputs: Value[];
  constants: Constant[];
  nodes: Node[];
}

const IR_VERSION = 10;

/** The model as the bytes of an .onnx file. */
export function encodeModel(model: Model): Uint8Array {
  const sets = Object.entries(model.operatorSets).map(([domain, version]) =>
    bytes(8, [...string(1, domain), ...integer(2, version)]),
  );
  const graph = [
    ...model.nodes.flatMap((node) => bytes(1, encodeNode(node))),
    ...string(2, model.name),
    ...model.constants.flatMap((constant) => bytes(5, encodeConstant(constant))),
    ...model.inputs.flatMap((value) => bytes(11, encodeValue(value))),
    ...model.outputs.flatMap((value) => bytes(12, encodeValue(value))),
  ];
  return Uint8Array.from([
    ...integer(1, IR_VERSION),
    ...string(2, 'cloudlib'),
    ...string(6, model.documentation),
    ...bytes(7, graph),
    ...sets.flat(),
  ]);
}

function encodeNode(node: Node): number[] {
  const attributes = Object.entries(node.attributes ?? {});
  return [
    ...node.inputs.flatMap((name) => string(1, name)),
    ...node.outputs.flatMap((name) => string(2, name)),
    ...string(4, node.operator),
    ...attributes.flatMap(([name, attribute]) => bytes(5, [...string(1, name), ...encodeAttribute(attribute)])),
    ...(node.domain ? string(7, node.domain) : []),
  ];
}

/** Field 20 is AttributeProto.AttributeType: INT 2, STRING 3, INTS 7, STRINGS 8. */
function encodeAttribute(attribute: Attribute): number[] {
  if ('int' in attribute) return [...integer(3, attribute.int), ...integer(20, 2)];
  if ('text' in attribute) return [...string(4, attribute.text), ...integer(20, 3)];
  if ('ints' in attribute) return [...attribute.ints.flatMap((value) => integer(8, value)), ...integer(20, 7)];
  return [...attribute.texts.flatMap((text) => string(9, text)), ...integer(20, 8)];
}

function encodeConstant(constant: Constant): number[] {
  return [
    ...constant.shape.flatMap((size) => integer(1, size)),
    ...integer(2, ELEMENT_TYPES[constant.type]),
    ...(constant.type === 'string' ? constant.values.flatMap((text) => string(6, text)) : []),
    ...string(8, constant.name),
    ...(constant.type === 'string' ? [] : bytes(9, littleEndian(constant.type, constant.values))),
  ];
}

function littleEndian(type: 'float' | 'int64', values: number[]): Uint8Array {
  const width = type === 'float' ? 4 : 8;
  const view = new DataView(new ArrayBuffer(values.length * width));
  for (let index = 0; index < values.length; index++) {
    if (type === 'float') view.setFloat32(index * width, values[index]!, true);
    else view.setBigInt64(index * width, BigInt(values[index]!), true);
  }
  return new Uint8Array(view.buffer);
}

function encodeValue({ name, type, shape }: Value): number[] {
  const dimensions = shape.flatMap((size) => bytes(1, typeof size === 'number' ? integer(1, size) : string(2, size)));
  const tensor = [...integer(1, ELEMENT_TYPES[type]), ...bytes(2, dimensions)];
  return [...string(1, name), ...bytes(2, bytes(1, tensor))];
}

/** A field of wire type 0 (varint); only values of zero or more occur here. */
function integer(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)];
}

/** A field of wire type 2 (length-delimited). */
function bytes(field: number, content: ArrayLike<number>): number[] {
  return [...varint((field << 3) | 2), ...varint(content.length), ...Array.from(content)];
}

function string(field: number, text: string): number[] {
  return bytes(field, new TextEncoder().encode(text));
}

function varint(value: number): number[] {
  const groups: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) groups.push((rest % 128) | 0x80);
  return [...groups, rest];
}
