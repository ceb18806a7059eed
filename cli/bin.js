#!/usr/bin/env node
// Plain JavaScript without newer syntax, so that an older Node gets to the message below instead of a syntax error.
import { existsSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

const OLDEST_NODE = 24;

if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
  console.error(
    `cloudlib needs Node.js ${OLDEST_NODE} or newer; this is ${process.version}. Run it as "npx cloudlib" or from an npm script: both use the Node.js that is installed with cloudlib.`,
  );
  process.exit(1);
}

const emitWarning = process.emitWarning;
process.emitWarning = (warning, ...rest) => {
  if (!String(warning).startsWith('SQLite is an experimental feature')) emitWarning.call(process, warning, ...rest);
};

// Half of a command's time is compiling; where the folder cannot be written nothing is kept.
module.enableCompileCache(
  process.env.NODE_COMPILE_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cloudlib'),
);

// The published package is compiled; a clone of the repository runs from source.
const compiled = new URL('./main.js', import.meta.url);
const { main } = await import((existsSync(compiled) ? compiled : new URL('./main.ts', import.meta.url)).href);
await main(process.argv);
