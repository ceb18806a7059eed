import { CloudError } from '../../core/errors.ts';
import type { Problem } from './pattern.ts';

/** The error for a pattern that is not valid, with all its problems; `place` says which pattern it is. */
export function invalidPattern(problems: Problem[], place: string): CloudError {
  const lines = problems.map(({ pointer, message }) => `${pointer || '(the pattern)'}: ${message}`);
  return new CloudError('InvalidInput', `event ${place}: ${lines.join('; ')}`, { details: { problems } });
}
