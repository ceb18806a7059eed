// Makes dist/, the package as it is published: compiled, because Node strips no types below node_modules.
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
execFileSync('node_modules/.bin/tsc', ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
for (const path of ['workflows', 'cli/bin.js', 'README.md', 'LICENSE', 'CHANGELOG.md']) {
  cpSync(path, `dist/${path}`, { recursive: true });
}
const { scripts: _scripts, devDependencies: _tools, ...manifest } = JSON.parse(readFileSync('package.json', 'utf8'));
const compiled = (path: string): object => ({
  types: path.replace(/\.ts$/, '.d.ts'),
  default: path.replace(/\.ts$/, '.js'),
});
const exports = Object.fromEntries(
  Object.entries<string>(manifest.exports).map(([name, path]) => [name, compiled(path)]),
);
writeFileSync('dist/package.json', `${JSON.stringify({ ...manifest, exports }, null, 2)}\n`);
