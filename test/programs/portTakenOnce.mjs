// A program whose port is taken when it wants to listen for the first time: somebody else, here itself, was faster.
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const { PORT, MARKER } = process.env;
const listen = () => createServer((_request, response) => response.end('ready')).listen(Number(PORT), '127.0.0.1');
if (existsSync(MARKER)) listen();
else {
  writeFileSync(MARKER, PORT);
  listen().once('listening', listen);
}
