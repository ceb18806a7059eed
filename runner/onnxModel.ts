import { stat } from 'node:fs/promises';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { CloudError } from '../shared/core/errors.ts';
import type { Tensors } from './messages.ts';
import { describeTensor, type TensorInfo, type TypedTensor } from './tensors.ts';

type Runtime = typeof import('onnxruntime-node');

/** Only fatal: what goes wrong comes as an error, and the runtime would log it a second time. */
const LOG_FATAL = 4;

/** An .onnx file loaded into ONNX Runtime. A run blocks the thread that it is called on. */
export class OnnxModel {
  readonly inputs: TensorInfo[];
  readonly outputs: TensorInfo[];
  readonly #runtime: Runtime;
  readonly #session: InferenceSession;

  private constructor(runtime: Runtime, session: InferenceSession) {
    this.inputs = session.inputMetadata.map(describeTensor);
    this.outputs = session.outputMetadata.map(describeTensor);
    this.#runtime = runtime;
    this.#session = session;
  }

  /** Loads the file; every way in which that fails is one CloudError with one line. */
  static async load(path: string, threads: number): Promise<OnnxModel> {
    const runtime = await importRuntime();
    await requireFile(path);
    try {
      const options = { intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: LOG_FATAL } as const;
      return new OnnxModel(runtime, await runtime.InferenceSession.create(path, options));
    } catch (error) {
      throw cannotLoad(path, error);
    }
  }

  /** Runs the model on named tensors and gives the named outputs, as plain objects that another thread can take. */
  async run(feeds: Tensors, outputs: string[]): Promise<Tensors> {
    const tensors = mapTensors(feeds, (tensor) => nativeTensor(this.#runtime, tensor));
    try {
      const results = await this.#session.run(tensors, outputs, { logSeverityLevel: LOG_FATAL });
      return mapTensors(results as unknown as Tensors, ({ type, dims, data }) => ({ type, dims, data }));
    } catch (error) {
      throw runFailed(error);
    }
  }
}

function mapTensors<T>(tensors: Tensors, map: (tensor: TypedTensor) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, map(tensor)]));
}

/**
 * The runtime's own Tensor, except for FP16: its class turns the bits into a Float16Array, whose length its binding then
 * misreads as 0 (microsoft/onnxruntime#32323), while it takes the bits themselves.
 */
function nativeTensor({ Tensor }: Runtime, { type, data, dims }: TypedTensor): Tensor {
  return type === 'float16' ? ({ type, data, dims, location: 'cpu' } as Tensor) : new Tensor(type, data, dims);
}

async function importRuntime(): Promise<Runtime> {
  try {
    return await import('onnxruntime-node');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const what = missing ? 'is not installed' : `cannot be loaded: ${firstLine(error)}`;
    const message = `the package onnxruntime-node ${what}; models are run by it: npm install onnxruntime-node`;
    throw new CloudError('Unavailable', message, { cause: error });
  }
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    throw new CloudError('NotFound', `model file ${path} cannot be read: ${cause.message}`, { cause });
  });
  if (!found.isFile()) throw new CloudError('InvalidInput', `${path} is not an ONNX model: it is not a file`);
}

/** The runtime's own words for bytes that are no model: garbage, and a message without a graph. */
const NOT_A_MODEL = /Protobuf parsing failed|does not have a graph/;

function cannotLoad(path: string, error: unknown): CloudError {
  const reason = firstLine(error).replace(`Load model from ${path} failed:`, '');
  const message = NOT_A_MODEL.test(reason)
    ? `${path} is not an ONNX model: ${NOT_A_MODEL.exec(reason)![0]}`
    : `${path} cannot be served by ONNX Runtime: ${reason}`;
  return new CloudError('InvalidInput', message, { cause: error });
}

/** What the runtime says when the input is at fault and not the model. */
const WRONG_INPUT = /Invalid rank for input|Got invalid dimensions for input|Unexpected input data type/;

function runFailed(error: unknown): CloudError {
  const message = firstLine(error);
  if (WRONG_INPUT.test(message)) return new CloudError('InvalidInput', message, { cause: error });
  return new CloudError('Internal', `the model failed on this input: ${message}`, { cause: error });
}

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0]!.trim();
