// A worker that asks the endpoint at a constant rate, whatever the answers do, and counts.
import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { LatencyHistogram } from '../../shared/core/histogram.ts';

const { url, path, body, perSecond } = workerData as { url: string; path: string; body: string; perSecond: number };
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const latency = new LatencyHistogram();
const counts = { requests: 0, failed: 0, inFlight: 0 };

/** An answer that takes longer than this failed, in milliseconds. */
const TIMEOUT = 30_000;

function send(): void {
  const startedAt = performance.now();
  counts.requests++;
  counts.inFlight++;
  const done = (ok: boolean): void => {
    counts.inFlight--;
    if (!ok) counts.failed++;
    latency.record(performance.now() - startedAt);
  };
  const call = request(
    new URL(path, url),
    {
      agent,
      method: 'POST',
      timeout: TIMEOUT,
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    },
    (answer) => {
      answer.resume();
      answer.once('end', () => done(answer.statusCode === 200));
      answer.once('error', () => done(false));
    },
  );
  call.once('timeout', () => call.destroy(new Error('no answer in time')));
  call.once('error', () => done(false));
  call.end(body);
}

const timer = setInterval(send, 1000 / perSecond);

parentPort!.on('message', (message: 'report' | 'stop') => {
  if (message === 'report') return report();
  clearInterval(timer);
  const whenIdle = setInterval(() => {
    if (counts.inFlight > 0) return;
    clearInterval(whenIdle);
    report();
    agent.destroy();
    parentPort!.close();
  }, 20);
});

function report(): void {
  parentPort!.postMessage({
    requests: counts.requests,
    failed: counts.failed,
    p50: latency.percentile(50),
    p99: latency.percentile(99),
  });
}
