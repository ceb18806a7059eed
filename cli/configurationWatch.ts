import { existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';

/** Milliseconds of quiet after which what was saved counts as whole: editors write several times. */
const QUIET = 200;

/**
 * Calls `onChange` when something changes in the folders of the files that it is told to follow. Folders are watched and not files, because
 * editors replace files, and because a file that does not exist yet may be what mends the configuration. One call is made at a time.
 */
export function watchConfiguration(onChange: () => Promise<void>): { follow(files: string[]): void } {
  const watched = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  const changed = (_event: string, name: string | null): void => {
    if (name !== null && !/\.(ts|mts|js|mjs|json)$/.test(name)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      last = last.then(onChange);
    }, QUIET);
  };
  return {
    follow(files) {
      for (const folder of new Set(files.map((file) => dirname(file)))) {
        if (watched.has(folder) || !existsSync(folder)) continue;
        watched.add(folder);
        // The gateway keeps the process running; a watcher alone must not.
        watch(folder, changed).unref();
      }
    },
  };
}
