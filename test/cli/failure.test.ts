import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../cli/exitCodes.ts';
import { CommandFailure, exitCodeOf, failureOf } from '../../cli/failure.ts';
import { CloudError } from '../../shared/core/errors.ts';

test.each([
  ['Internal', 1],
  ['Throttled', 1],
  ['InvalidInput', 2],
  ['DeploymentError.ConfigurationInvalid', 2],
  ['NotFound', 3],
  ['DeploymentError.VersionNotFound', 3],
  ['Conflict', 4],
  ['StorageError.BucketAlreadyExists', 4],
])('%s exits with %i', (code, exit) => {
  expect(exitCodeOf(new CloudError(code, 'it failed'))).toBe(exit);
});

test('a command may know better than the code says', () => {
  const failure = new CommandFailure('DeploymentError.ArtifactNotFound', 'rolled back', { exit: 'RolledBack' });
  expect(exitCodeOf(failure)).toBe(5);
});

test('a host that ended while it was asked counts as no host', () => {
  expect(exitCodeOf(failureOf(new TypeError('terminated')))).toBe(3);
  const unreachable = new CloudError('Unavailable', 'no answer', {
    details: { service: 'host at http://127.0.0.1:1' },
  });
  expect(exitCodeOf(failureOf(unreachable))).toBe(3);
});

test('the page about the command tells every exit code as the help does', () => {
  const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
  for (const { code, meaning } of Object.values(EXIT_CODES)) expect(page).toContain(`| ${code} | ${meaning} |`);
});
