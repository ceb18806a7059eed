import { isMarkedAsUntransferable } from 'node:worker_threads';
import type { CloudErrorJson } from '../shared/core/errors.ts';
import type { TensorInfo, TypedTensor } from './tensors.ts';

/** Tensors by name. */
export type Tensors = Record<string, TypedTensor>;

/** What the inference thread is started with. */
export interface ThreadSettings {
  /** The .onnx file. */
  path: string;
  /** The threads of one inference. */
  threads: number;
}

/** What a model takes and gives. */
export interface Signature {
  inputs: TensorInfo[];
  outputs: TensorInfo[];
}

/** A run of the model, under a number that its answer repeats. */
export interface Run {
  id: number;
  feeds: Tensors;
  outputs: string[];
}

/** What the server asks of the inference thread: to run, or to forget a run that has not begun. */
export type Request = Run | { withdraw: number };

/** What the inference thread says: first how loading went, then one answer for each run. */
export type Answer =
  | { loaded: Signature }
  | { notLoaded: CloudErrorJson }
  | { id: number; result: Tensors }
  | { id: number; error: CloudErrorJson };

/** Up to this size in bytes copying is faster than handing over. */
const SMALL = 1_024;

/**
 * The memory that goes over to another thread with these tensors instead of being copied. Texts have none, and memory
 * that Node.js holds for native code cannot leave its thread: both are copied.
 */
export function transferable(tensors: Tensors): ArrayBuffer[] {
  return Object.values(tensors).flatMap(({ data }) => {
    if (!ArrayBuffer.isView(data) || data.byteLength <= SMALL || isMarkedAsUntransferable(data.buffer)) return [];
    return [data.buffer as ArrayBuffer];
  });
}
