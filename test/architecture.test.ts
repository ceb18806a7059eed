import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ROOMS = ['shared', 'functions', 'infra', 'cli', 'runner', 'index.ts'];

/** The broken rules of a tree, as `rule: from → to`. */
function violations(directory: string, rooms: string[]): string[] {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs'),
      '--config',
      '.dependency-cruiser.json',
      '--output-type',
      'json',
      ...rooms,
    ],
    { cwd: directory, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
  );
  if (!stdout) throw new Error(stderr);
  const { summary } = JSON.parse(stdout) as {
    summary: { violations: { rule: { name: string }; from: string; to: string }[] };
  };
  return summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`);
}

/** The broken rules of a small tree with these files. */
function violationsOf(files: Record<string, string>): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-architecture-'));
  cpSync(join(ROOT, '.dependency-cruiser.json'), join(directory, '.dependency-cruiser.json'));
  cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), content);
  }
  try {
    return violations(directory, [...new Set(Object.keys(files).map((file) => file.split('/')[0]!))]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const empty = 'export const nothing = 0;\n';
const importing = (path: string): string => `import { nothing } from '${path}';\nexport const something = nothing;\n`;

describe('the house', () => {
  test('has no arrow that points up, no cycle, and cloud SDKs only where they belong', () => {
    expect(violations(ROOT, ROOMS)).toEqual([]);
  });

  test.each([
    ['shared/core/a.ts', 'shared/types/b.ts', 'core-depends-on-nothing'],
    ['shared/types/a.ts', 'shared/drivers/b.ts', 'types-on-core-only'],
    ['shared/semantics/a.ts', 'shared/drivers/b.ts', 'semantics-on-core-and-types-only'],
    ['shared/drivers/a.ts', 'shared/operation.ts', 'drivers-below-operations'],
    ['shared/host.ts', 'functions/b.ts', 'shared-below-functions'],
    ['functions/a.ts', 'infra/b.ts', 'functions-below-infra'],
    ['infra/a.ts', 'cli/b.ts', 'infra-below-cli'],
    ['runner/a.ts', 'infra/b.ts', 'runner-stands-alone'],
    ['cli/a.ts', 'test/b.ts', 'product-without-tests'],
  ])('an arrow from %s to %s is refused', (from, to, rule) => {
    const up = '../'.repeat(from.split('/').length - 1) || './';
    expect(violationsOf({ [from]: importing(`${up}${to}`), [to]: empty })).toContain(`${rule}: ${from} → ${to}`);
  });

  test('a cycle is refused', () => {
    const found = violationsOf({ 'shared/core/a.ts': importing('./b.ts'), 'shared/core/b.ts': importing('./a.ts') });
    expect(found).toContain('no-cycle: shared/core/a.ts → shared/core/b.ts');
  });

  test('a cloud SDK outside of drivers and infra is refused, however it is imported', () => {
    const found = violationsOf({
      'functions/a.ts': "import { App } from 'aws-cdk-lib';\nexport const app = new App();\n",
      'cli/b.ts': "export const load = () => import('constructs');\n",
      'infra/c.ts': "import { App } from 'aws-cdk-lib';\nexport const app = new App();\n",
    });
    expect(found.map((violation) => violation.split(' → ')[0])).toEqual([
      'cloud-sdks-in-drivers-and-infra-only: cli/b.ts',
      'cloud-sdks-in-drivers-and-infra-only: functions/a.ts',
    ]);
  });
});
