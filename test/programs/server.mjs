// A small program to deploy in tests: answers with its version, and misbehaves as its environment says.
import { createServer } from 'node:http';

const {
  PORT,
  VERSION = 'v1',
  DELAY = '0',
  LINES = '0',
  CRASH_AFTER,
  IGNORE_SIGTERM,
  HANG_HEALTH,
  FAIL,
  FAIL_HEALTH = '0',
} = process.env;
let hanging = HANG_HEALTH !== undefined;
let healthChecksToFail = Number(FAIL_HEALTH);

const server = createServer((request, response) => {
  if (request.url === '/hang') hanging = true;
  if (hanging && request.url === '/health') return;
  setTimeout(() => answer(request.url, response), Number(DELAY));
});

function answer(path, response) {
  const failing = path === '/health' ? healthChecksToFail-- > 0 : FAIL !== undefined;
  response.writeHead(failing ? 500 : 200, { 'content-type': 'application/json' });
  const variable = process.env[path.replace('/environment/', '')];
  response.end(JSON.stringify({ version: VERSION, path, pid: process.pid, variable }));
}

for (let line = 1; line <= Number(LINES); line++) console.log(`line ${line}`);
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
