import type { GoldenRequest } from '../../../types/deploy.ts';
import type { ProbeAnswer } from '../port.ts';

/** A golden request that takes longer than this gets no answer, in milliseconds. */
const TIMEOUT = 10_000;
/** An answer that is larger is not read, in bytes. */
const LARGEST_ANSWER = 1024 * 1024;

/** Sends one golden request to a replica on the loopback. */
export async function probe(port: number, { method, path, headers, body }: GoldenRequest): Promise<ProbeAnswer> {
  const startedAt = performance.now();
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT),
      redirect: 'manual',
    });
    const text = await textOf(answer);
    const milliseconds = performance.now() - startedAt;
    return { status: answer.status, body: parsed(text), milliseconds };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    return { error: cause?.message || message };
  }
}

async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
