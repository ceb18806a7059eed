import { CloudError } from '../../core/errors.ts';

/** What is wrong with a part of a schedule expression: the part's name, what stands there, and what may. */
export interface Fault {
  field: string;
  value: string;
  reason: string;
  allowed: string;
}

/** Thrown while a part is read; `parse` turns it into the error that names the whole expression. */
export class FieldFault extends Error {
  override name = 'FieldFault';
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.reason);
    this.fault = fault;
  }
}

/** The error for a schedule expression that is not valid. */
export function invalidExpression(expression: string, { field, value, reason, allowed }: Fault): CloudError {
  const shown = expression.length > 256 ? `${expression.slice(0, 255)}…` : expression;
  return new CloudError('InvalidInput', `schedule "${shown}": ${field} "${value}" ${reason}; ${allowed}`, {
    details: { expression: shown, field, value, allowed },
  });
}

/** A point in time in milliseconds, or `InvalidInput` for a `Date` that holds none; `name` says which one it is. */
export function timeOf(date: Date, name: string): number {
  const time = date.getTime();
  if (Number.isNaN(time))
    throw new CloudError('InvalidInput', `${name}: not a valid date; pass a Date that holds a time`);
  return time;
}
