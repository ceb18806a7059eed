// Makes what follows from the operations: their catalog and their reference page.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';
import type { Operation } from '../shared/operation.ts';

const ROOT = new URL('../', import.meta.url);
const FUNCTIONS = new URL('functions/', ROOT);

interface Found {
  domain: string;
  file: string;
  operation: Operation;
}

async function findOperations(): Promise<Found[]> {
  const found: Found[] = [];
  const domains = readdirSync(FUNCTIONS, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name: domain } of domains.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    for (const file of readdirSync(new URL(`${domain}/`, FUNCTIONS)).sort()) {
      const { default: operation } = await import(new URL(`${domain}/${file}`, FUNCTIONS).href);
      if (operation) found.push({ domain, file: file.replace(/\.ts$/, ''), operation });
    }
  }
  for (const { domain, file, operation } of found) {
    if (operation.name !== `${domain}.${file}`)
      throw new Error(format('functions/%s/%s.ts declares %s', domain, file, operation.name));
  }
  return found;
}

function catalogSource(found: Found[]): string {
  const variable = ({ domain, file }: Found): string => `${domain}${file[0]!.toUpperCase()}${file.slice(1)}`;
  return [
    '// Made by `npm run generate` from the files of this folder.',
    ...found.map((entry) => `import ${variable(entry)} from './${entry.domain}/${entry.file}.ts';`),
    '',
    '/** Every operation by name. */',
    'export const catalog = {',
    ...found.map((entry) => `  '${entry.operation.name}': ${variable(entry)},`),
    '} as const;',
    '',
  ].join('\n');
}

function referencePage(found: Found[]): string {
  return [
    '# Operations',
    '',
    'Made by `npm run generate`. Every operation runs as `cloudlib invoke <operation> --input file`, as `POST /operations/<operation>` at the',
    'gateway, and as `"Resource": "cloudlib:<operation>"` in a workflow. Besides the errors that are listed it may end with `InvalidInput`,',
    '`Conflict`, `Throttled`, `Unavailable` or `Internal`. An application adds [operations of its own](own-operations.md).',
    '',
    ...found.flatMap(({ operation }) => section(operation)),
  ].join('\n');
}

const IDEMPOTENCY = {
  read: 'It only reads.',
  natural: 'Asking again changes nothing.',
  request: 'Asking again with the same request id returns the first result.',
};

function section({ name, summary, errors, idempotency, example }: Operation): string[] {
  return [
    `## ${name}`,
    '',
    `${summary}. ${IDEMPOTENCY[idempotency]}`,
    '',
    '```json',
    JSON.stringify(example, null, 2),
    '```',
    '',
    ...(errors.length ? [`Errors: ${errors.map((code) => `\`${code}\``).join(', ')}.`, ''] : []),
  ];
}

const found = await findOperations();
const check = process.argv.includes('--check');
const stale: string[] = [];
const write = (file: string, content: string): void => {
  const url = new URL(file, ROOT);
  if (existsSync(url) && readFileSync(url, 'utf8') === content) return;
  if (check) stale.push(file);
  else writeFileSync(url, content);
};

write('functions/catalog.ts', catalogSource(found));
write('docs/operations.md', referencePage(found));
if (stale.length) {
  console.error(`stale: ${stale.join(', ')}; run npm run generate`);
  process.exitCode = 1;
}
