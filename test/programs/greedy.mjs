// A program that is ready and then keeps more and more memory.
import { createServer } from 'node:http';

const kept = [];
createServer((_request, response) => response.end('ready')).listen(Number(process.env.PORT), '127.0.0.1');
setInterval(() => kept.push(Buffer.alloc(32 * 1024 * 1024, 1)), 20);
