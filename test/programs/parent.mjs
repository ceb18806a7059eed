// A program that starts another one, which would outlive it, and tells its pid.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
createServer((_request, response) => response.end(JSON.stringify({ pid: process.pid, child: child.pid }))).listen(
  Number(process.env.PORT),
  '127.0.0.1',
);
