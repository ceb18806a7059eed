/** JSONPath as Step Functions accepts it: parse a path, select by it, put a value where a Reference Path points. */
export { parsePath, readSteps } from './parse.ts';
export { isReferencePath, type Path, PathMissing } from './path.ts';
export { PathReader, PathSyntaxError } from './reader.ts';
export { insertAt, selectPath } from './select.ts';
