import { catalog } from '../../../functions/catalog.ts';
import type { AppOperation } from '../../../shared/appOperation.ts';
import type { DeclaredOperation } from '../../../shared/operationDescription.ts';

/** Every operation that a configuration may name: those of CloudLib, and the application's own. */
export function knownOperations(own: readonly AppOperation[]): Record<string, DeclaredOperation> {
  return { ...catalog, ...Object.fromEntries(own.map((operation) => [operation?.name, operation])) };
}
