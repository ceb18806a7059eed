// A small program to deploy in tests: answers with its version, and misbehaves as its environment says.
import { createServer } from 'node:http';

const { PORT, VERSION = 'v1', DELAY = '0', CRASH_AFTER, IGNORE_SIGTERM, HANG_HEALTH, FAIL } = process.env;
const server = createServer((request, response) => {
  if (HANG_HEALTH && request.url === '/health') return;
  setTimeout(() => {
    response.writeHead(FAIL && request.url !== '/health' ? 500 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ version: VERSION, path: request.url, pid: process.pid }));
  }, Number(DELAY));
});
server.listen(Number(PORT), '127.0.0.1', () => console.log(`${VERSION} listens`));
process.on('SIGTERM', () => {
  if (IGNORE_SIGTERM) return;
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
if (CRASH_AFTER)
  setTimeout(() => {
    console.error('giving up on purpose');
    process.exit(3);
  }, Number(CRASH_AFTER));
