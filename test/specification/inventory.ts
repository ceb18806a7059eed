import { readFileSync } from 'node:fs';

interface Method {
  name: string;
  params: string;
  returns: string;
}

/** One module of the specification; types are in the specification's own notation, names as TypeScript writes them. */
export interface SpecModule {
  structs: Record<string, Record<string, string>>;
  enums: Record<string, Record<string, string>>;
  traits: Record<string, Method[]>;
  impls: Record<string, Method[]>;
  functions: Method[];
}

const FILE = new URL('./inventory.json', import.meta.url);

/** Everything that the specification defines, by module. */
export const SPECIFICATION: Record<string, SpecModule> = JSON.parse(readFileSync(FILE, 'utf8')).modules;

const modules = Object.entries(SPECIFICATION);

/** A struct or enum with the file of shared/types that its module belongs to. */
export interface Definition {
  file: string;
  name: string;
  parts: Record<string, string>;
}

const definitions = (kind: 'structs' | 'enums'): Definition[] =>
  modules.flatMap(([module, content]) =>
    Object.entries(content[kind]).map(([name, parts]) => ({ file: module.replace('cloud::', ''), name, parts })),
  );

/** Every struct with its fields. */
export const STRUCTS = definitions('structs');

/** Every enum with its variants. */
export const ENUMS = definitions('enums');

/** Every function: `Deployer.deploy` for a method, `traceAsync` for a free one. */
export const FUNCTIONS: string[] = modules.flatMap(([, { impls, traits, functions }]) => [
  ...Object.entries({ ...impls, ...traits }).flatMap(([owner, methods]) =>
    methods.map(({ name }) => `${owner}.${name}`),
  ),
  ...functions.map(({ name }) => name),
]);

/** The names of the types that the specification uses and does not define. */
export function undefinedTypes(): string[] {
  const methods = modules.flatMap(([, { impls, traits, functions }]) => [
    ...Object.values({ ...impls, ...traits }).flat(),
    ...functions,
  ]);
  const used = [
    ...STRUCTS.flatMap(({ parts }) => Object.values(parts)),
    ...ENUMS.flatMap(({ parts }) => Object.values(parts)),
    ...methods.flatMap(({ params, returns }) => [params, returns]),
  ].flatMap((text) => text.replace(/"[^"]*"/g, '').match(/\b[A-Z]\w*/g) ?? []);
  const traits = modules.flatMap(([, module]) => Object.keys(module.traits));
  const defined = new Set([...STRUCTS.map(({ name }) => name), ...ENUMS.map(({ name }) => name), ...traits]);
  return [...new Set(used)].filter((name) => !defined.has(name)).sort();
}

/** The fields of a variant such as `{ max_surge: i32, reason: ?str }`, in TypeScript's names. */
export function variantFields(notation: string): [string, string][] {
  const inner = notation.replace(/^\{\s*|\s*\}$/g, '');
  return [...inner.matchAll(/(\w+):\s*(fn\(.*|.+?)(?=,\s*\w+:|$)/g)].map((match) => [camelCase(match[1]!), match[2]!]);
}

const camelCase = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
