import type { Classifier } from './classifier.ts';
import type { Constant, Model, Node } from './onnx.ts';

/** Rows and columns of the matrix that the slow model multiplies with itself, and how often. */
const DETOUR = { size: 1024, products: 18 };

/**
 * The classifier as a graph from raw texts (`text`, strings) to `label` (0 negative, 1 positive) and `probabilities`.
 *
 * The text is cut into characters inside of the graph (`Tokenizer` is an operator that every build of ONNX Runtime has), so
 * that a client sends plain text and cannot disagree with the model about features.
 */
export function classifierGraph(name: string, documentation: string, classifier: Classifier): Model {
  const { attributes, order } = ngramPool(classifier.grams);
  const weights = order.map((index) => classifier.weights[index]!);
  return {
    name,
    documentation,
    operatorSets: { '': 20, 'com.microsoft': 1 },
    inputs: [{ name: 'text', type: 'string', shape: ['batch'] }],
    outputs: [
      { name: 'label', type: 'int64', shape: ['batch'] },
      { name: 'probabilities', type: 'float', shape: ['batch', 2] },
    ],
    constants: [
      { name: 'space', type: 'string', shape: [1], values: [' '] },
      { name: 'weights', type: 'float', shape: [weights.length, 1], values: weights },
      { name: 'bias', type: 'float', shape: [1], values: [classifier.bias] },
    ],
    nodes: [
      node('StringNormalizer', ['text'], 'lower', { case_change_action: { text: 'LOWER' }, locale: { text: 'C' } }),
      node('StringConcat', ['space', 'lower'], 'opened'),
      node('StringConcat', ['opened', 'space'], 'framed'),
      { ...node('Tokenizer', ['framed'], 'characters', CHARACTERS), domain: 'com.microsoft' },
      node('TfIdfVectorizer', ['characters'], 'counts', attributes),
      node('MatMul', ['counts', 'weights'], 'evidence'),
      node('Add', ['evidence', 'bias'], 'logit'),
      node('Neg', ['logit'], 'opposite'),
      node('Sigmoid', ['opposite'], 'negative'),
      node('Sigmoid', ['logit'], 'positive'),
      node('Concat', ['negative', 'positive'], 'probabilities', { axis: { int: 1 } }),
      node('ArgMax', ['probabilities'], 'label', { axis: { int: 1 }, keepdims: { int: 0 } }),
    ],
  };
}

/** The same classifier gone wrong: it answers the opposite, and only after a long detour that changes nothing. */
export function sabotagedGraph(name: string, documentation: string, classifier: Classifier): Model {
  const opposite = {
    ...classifier,
    weights: classifier.weights.map((weight) => -weight),
    bias: -classifier.bias,
  };
  const model = classifierGraph(name, documentation, opposite);
  const detour = detourFrom('evidence', 'delayed');
  return {
    ...model,
    constants: [...model.constants, ...detour.constants],
    nodes: model.nodes.flatMap((step) =>
      step.outputs[0] === 'logit' ? [...detour.nodes, { ...step, inputs: ['delayed', 'bias'] }] : [step],
    ),
  };
}

/**
 * Multiplies a matrix made from the input with itself over and over, and adds 0 times the result. The softmax makes every
 * entry 1 / size, and a square of that matrix is the same matrix again: nothing overflows, and as it depends on the input
 * nothing can be computed ahead.
 */
function detourFrom(input: string, output: string): { nodes: Node[]; constants: Constant[] } {
  const squarings = Array.from({ length: DETOUR.products }, (_, index) =>
    node('MatMul', [`matrix${index}`, `matrix${index}`], `matrix${index + 1}`),
  );
  return {
    constants: [
      { name: 'square', type: 'int64', shape: [2], values: [DETOUR.size, DETOUR.size] },
      { name: 'zero', type: 'float', shape: [], values: [0] },
    ],
    nodes: [
      node('ReduceMean', [input], 'mean', { keepdims: { int: 0 } }),
      node('Expand', ['mean', 'square'], 'spread'),
      node('Softmax', ['spread'], 'matrix0', { axis: { int: 1 } }),
      ...squarings,
      node('ReduceMean', [`matrix${DETOUR.products}`], 'end', { keepdims: { int: 0 } }),
      node('Mul', ['end', 'zero'], 'nothing'),
      node('Add', [input, 'nothing'], output),
    ],
  };
}

const CHARACTERS: Node['attributes'] = {
  mark: { int: 0 },
  mincharnum: { int: 1 },
  pad_value: { text: '\0' },
  separators: { texts: [''] },
};

/** TfIdfVectorizer's pool: all 1-grams, then all 2-grams, and so on; `order` says which n-gram has which place in it. */
function ngramPool(grams: string[]): { attributes: Node['attributes']; order: number[] } {
  const length = (index: number): number => [...grams[index]!].length;
  const order = grams.map((_, index) => index).toSorted((a, b) => length(a) - length(b) || a - b);
  const longest = length(order.at(-1)!);
  const starts = Array.from({ length: longest }, (_, shorter) =>
    order.filter((index) => length(index) <= shorter).reduce((sum, index) => sum + length(index), 0),
  );
  const attributes: Node['attributes'] = {
    mode: { text: 'TF' },
    min_gram_length: { int: length(order[0]!) },
    max_gram_length: { int: longest },
    max_skip_count: { int: 0 },
    ngram_counts: { ints: starts },
    ngram_indexes: { ints: order.map((_, place) => place) },
    pool_strings: { texts: order.flatMap((index) => [...grams[index]!]) },
  };
  return { attributes, order };
}

function node(operator: string, inputs: string[], output: string, attributes?: Node['attributes']): Node {
  return { operator, inputs, outputs: [output], attributes };
}
