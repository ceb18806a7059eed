import { createContext, Script } from 'node:vm';

let sandbox: { run?: () => unknown } | undefined;
let call: Script | undefined;

/** Runs something at once and ends it when it takes too long. V8 can stop a regular expression only from outside, by the timeout of a script. */
export function withTimeLimit<T>(run: () => T, milliseconds: number): T {
  sandbox ??= createContext({}) as { run?: () => unknown };
  call ??= new Script('run()');
  sandbox.run = run;
  return call.runInContext(sandbox, { timeout: milliseconds }) as T;
}
