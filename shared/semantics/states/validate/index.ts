/** What is wrong with a definition, found before any of it runs. */
export type { Problem } from './report.ts';
export { validate } from './validate.ts';
