// A worker that asks an endpoint at a constant rate, whatever the answers do.
import { Agent, request } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';
import { LatencyHistogram } from '../../shared/core/histogram.ts';

const { url, perSecond } = workerData as { url: string; perSecond: number };
const agent = new Agent({ keepAlive: true });
const latency = new LatencyHistogram();
const startedAt = performance.now();
let requests = 0;
let inFlight = 0;
const failures: number[] = [];

function send(): void {
  const sentAt = performance.now();
  requests++;
  inFlight++;
  const done = (ok: boolean): void => {
    inFlight--;
    if (!ok) failures.push(performance.now());
    latency.record(performance.now() - sentAt);
  };
  const call = request(url, { agent }, (answer) => {
    answer.resume();
    answer.once('end', () => done(answer.statusCode === 200));
    answer.once('error', () => done(false));
  });
  call.once('error', () => done(false));
  call.end();
}

/** Sends what is due since the start, so that a late timer does not lower the rate. */
const timer = setInterval(() => {
  const due = ((performance.now() - startedAt) / 1000) * perSecond;
  while (requests < due) send();
}, 5);

parentPort!.once('message', () => {
  clearInterval(timer);
  const whenIdle = setInterval(() => {
    if (inFlight > 0) return;
    clearInterval(whenIdle);
    agent.destroy();
    const gap = failures.length ? failures.at(-1)! - failures[0]! : 0;
    parentPort!.postMessage({ requests, failed: failures.length, p99: latency.percentile(99), gap });
  }, 10);
});
