// CloudLib's proxy as a host runs it: in its own thread, with weights, counters, passive health and draining.
import { ReverseProxy } from '../../../infra/local/proxy/index.ts';

const targets = process.argv.slice(2).map((port, index) => ({
  revision: index % 2 === 0 ? 'v1' : 'v2',
  replica: `replica-${index}`,
  port: Number(port),
}));
const proxy = await ReverseProxy.start({ onSample: () => {} });
const { port } = await proxy.setRoute({ deployment: 'bench', port: 0, weights: { v1: 50, v2: 50 }, targets });
process.send!(port);
