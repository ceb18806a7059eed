// A program that writes numbered lines of a thousand characters: some at once, and a thousand more for every POST.
import { createServer } from 'node:http';

const { PORT, LINES } = process.env;
const filling = '.'.repeat(1000);
let written = 0;
const write = (count) => {
  for (let line = 0; line < count; line++) console.log(`${++written} ${filling}`);
};

write(Number(LINES));
createServer((request, response) => {
  if (request.method === 'POST') write(1000);
  response.end(String(written));
}).listen(Number(PORT), '127.0.0.1');
