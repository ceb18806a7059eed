/**
 * Stands in for onnxruntime-node in a server under test: a run blocks its thread, as the real one does, until a gate is
 * opened from outside. So a test decides how long an inference takes, and reads which ones were run.
 */
import { appendFileSync, existsSync } from 'node:fs';

/** The gate's file, which exists when it is open, and the file with a line for each run that began. */
const { GATE, JOURNAL } = process.env as { GATE: string; JOURNAL: string };
const cell = new Int32Array(new SharedArrayBuffer(4));
const TEXT = { name: 'text', isTensor: true, type: 'string', shape: [1] };

export class Tensor {
  readonly type: string;
  readonly data: string[];
  readonly dims: number[];

  constructor(type: string, data: string[], dims: number[]) {
    this.type = type;
    this.data = data;
    this.dims = dims;
  }
}

export const InferenceSession = {
  create: async () => ({
    inputMetadata: [TEXT],
    outputMetadata: [{ ...TEXT, name: 'echo' }],
    run: async ({ text }: { text: Tensor }) => {
      const [word] = text.data as [string];
      if (word in ACCIDENTS) ACCIDENTS[word]!();
      else if (word !== '') block(word);
      return { echo: text };
    },
  }),
};

/** How the thread can be lost; the empty word of the warm-up and all others are harmless. */
const ACCIDENTS: Record<string, () => void> = {
  exit: () => process.exit(3),
  throw: () =>
    queueMicrotask(() => {
      throw new Error('the runtime broke');
    }),
  hoard: () => {
    for (const hoard: unknown[] = []; ; ) hoard.push(new Array(100_000).fill(0.5));
  },
};

function block(word: string): void {
  appendFileSync(JOURNAL, `${word}\n`);
  while (!existsSync(GATE)) Atomics.wait(cell, 0, 0, 2);
}
