import { CloudError } from '../../core/errors.ts';
import type { StateMachine } from './definition.ts';
import { type Problem, validate } from './validate/index.ts';

/** Reads a definition (JSON text or its parsed value); throws `InvalidInput` with every problem and its JSON pointer. */
export function parse(definition: unknown): StateMachine {
  const value = typeof definition === 'string' ? readJson(definition) : definition;
  const problems = validate(value);
  if (problems.length > 0) throw invalid(problems);
  return value as StateMachine;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid([{ pointer: '', message: `the definition is not JSON: ${(error as Error).message}` }]);
  }
}

function invalid(problems: Problem[]): CloudError {
  const lines = problems.map(({ pointer, message }) => `${pointer || '/'}: ${message}`);
  return new CloudError('InvalidInput', `state machine: ${lines.join('; ')}`, { details: { problems } });
}
