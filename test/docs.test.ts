import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import type { z } from 'zod';
import { createProgram } from '../cli/program.ts';
import { catalog } from '../functions/catalog.ts';
import { decode } from '../shared/core/validation.ts';
import { DeploymentStrategy } from '../shared/types/deploy.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What the JSON of a block with this mark must be. */
const MARKS: Record<string, z.ZodType> = {
  'deploy-input': catalog['deploy.deploy'].input,
  strategy: DeploymentStrategy,
};

interface Block {
  /** The file and line where it begins. */
  place: string;
  language: string;
  mark: string;
  text: string;
}

/** The fenced blocks of a page. */
function blocksOf(file: string): Block[] {
  const page = readFileSync(join(ROOT, file), 'utf8');
  return [...page.matchAll(/^```(\w+)[ \t]*(\S*)\n(.*?)^```$/gms)].map(({ 1: language, 2: mark, 3: text, index }) => ({
    place: `${file}:${page.slice(0, index).split('\n').length}`,
    language: language!,
    mark: mark!,
    text: text!,
  }));
}

const pages = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const blocks = pages.flatMap(blocksOf);
const inLanguage = (language: string): Block[] => blocks.filter((block) => block.language === language);

/** The commands of ours in a block, each as its words; what a shell does with their output is left out. */
function commandsOf({ text }: Block): string[][] {
  return text
    .split('\n')
    .map((line) => line.replace(/\s#.*$/, '').trim())
    .flatMap((line) => /^(?:npx )?cloudlib (.*?)(?:\s*(?:[|>&;].*)?)$/.exec(line)?.[1] ?? [])
    .map((command) => command.match(/"[^"]*"|'[^']*'|\S+/g) ?? []);
}

/** What is wrong with a command, if anything: a name that does not exist, or an option that it does not have. */
function problemOf(program: Command, words: string[]): string | undefined {
  let command = program;
  for (const word of words) {
    const below = command.commands.find((candidate) => candidate.name() === word);
    // A command with others below it takes no argument but a file.
    if (!below && command.commands.length && /^\w+$/.test(word)) return `there is no command "${word}"`;
    if (!below) break;
    command = below;
  }
  const known = new Set([...command.options, ...program.options].flatMap(({ short, long }) => [short, long]));
  const unknown = words.find((word) => /^--?[a-z]/.test(word) && !known.has(word) && word !== '--help');
  return unknown && `${command.name()} has no option ${unknown}`;
}

describe('the documentation', () => {
  test('has blocks of each kind to look at', () => {
    for (const page of ['docs/deploy.md', 'docs/webhooks.md']) {
      const languages = new Set(blocksOf(page).map(({ language }) => language));
      expect([...languages]).toEqual(expect.arrayContaining(['ts', 'sh']));
    }
    expect(inLanguage('json').filter(({ mark }) => mark === 'strategy').length).toBeGreaterThanOrEqual(4);
    expect(inLanguage('sh').flatMap(commandsOf).length).toBeGreaterThan(10);
  });

  test.each(inLanguage('json').map((block) => [block.place, block] as const))('%s is JSON', (_place, { text }) => {
    expect(() => JSON.parse(text)).not.toThrow();
  });

  test.each(
    inLanguage('json')
      .filter(({ mark }) => mark)
      .map((block) => [block.mark, block.place, block] as const),
  )('%s at %s is accepted', (mark, place, { text }) => {
    expect(Object.keys(MARKS)).toContain(mark);
    expect(() => decode(MARKS[mark]!, JSON.parse(text), place)).not.toThrow();
  });

  test('names commands and options that exist', async () => {
    const program = await createProgram(['node', 'cloudlib']);
    const problems = inLanguage('sh').flatMap((block) =>
      commandsOf(block).flatMap((words) => {
        const problem = problemOf(program, words);
        return problem ? [`${block.place}: cloudlib ${words.join(' ')}: ${problem}`] : [];
      }),
    );
    expect(problems).toEqual([]);
  });

  test('has TypeScript that compiles in a project which depends on cloudlib', async () => {
    const project = mkdtempSync(join(tmpdir(), 'cloudlib-docs-'));
    mkdirSync(join(project, 'docs'));
    for (const { place, text } of inLanguage('ts')) {
      writeFileSync(join(project, `${place.replace('.md', '').replace(':', '-')}.ts`), text);
    }
    const { exports: exported } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
    const options = {
      ...compilerOptions,
      noEmit: true,
      outDir: undefined,
      paths: Object.fromEntries(
        Object.entries<string>(exported).map(([name, path]) => [join('cloudlib', name), [join(ROOT, path)]]),
      ),
      typeRoots: [join(ROOT, 'node_modules/@types')],
    };
    writeFileSync(join(project, 'package.json'), '{"type":"module"}');
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['**/*.ts'] }));
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '-p', '.'], { cwd: project }).catch((error) => error);
    // What is wrong in CloudLib itself is found by its own type check.
    expect(stdout.split('\n').filter((line: string) => /^(docs|README|error)/.test(line))).toEqual([]);
    rmSync(project, { recursive: true });
  });
});

describe('examples/sentiment/deploy.ts', () => {
  test('deploys, asks, measures and removes', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cloudlib-example-'));
    const { stdout } = await run(process.execPath, [join(ROOT, 'examples/sentiment/deploy.ts')], {
      env: { ...process.env, CLOUDLIB_STATE: directory },
    });
    expect(stdout).toMatch(/^Deployment successful: http:\/\/127\.0\.0\.1:\d+\n".*" is positive\nRequests: 1 Count\n/);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe('Removed.');
    rmSync(directory, { recursive: true });
  });
});
