import { fileURLToPath } from 'node:url';

/** Programs that tests start compile each module once for all of them: that is half of their start. */
export default function setup(): void {
  process.env.NODE_COMPILE_CACHE = fileURLToPath(new URL('../node_modules/.cache/compile', import.meta.url));
}
