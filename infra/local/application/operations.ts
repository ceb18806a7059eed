import { catalog } from '../../../functions/catalog.ts';
import { type AppOperation, appOperationProblems } from '../../../shared/appOperation.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import type { DeclaredOperation } from '../../../shared/operationDescription.ts';

/** Throws `InvalidInput` that names each operation of an application which could never be run, with its place. */
export function checkOperations(operations: readonly AppOperation[]): void {
  const problems = appOperationProblems(operations);
  if (problems.length) throw new CloudError('InvalidInput', problems.join('\n'), { details: { problems } });
}

/** Every operation that a configuration may name: those of CloudLib, and the application's own. */
export function knownOperations(own: readonly AppOperation[]): Record<string, DeclaredOperation> {
  return { ...catalog, ...Object.fromEntries(own.map((operation) => [operation.name, operation])) };
}
