import type { QueryLanguage } from '../definition.ts';

/** One thing that is wrong with a definition, and where: a JSON pointer (RFC 6901). */
export interface Problem {
  pointer: string;
  message: string;
}

/** Where in a definition something stands. */
export interface Place {
  pointer: string;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

const MOST_SECONDS = 99_999_999;

/** Collects problems with their JSON pointers, and makes the checks that many fields share. */
export class Report {
  readonly problems: Problem[] = [];

  add({ pointer }: Place, message: string): void {
    this.problems.push({ pointer, message });
  }

  at({ pointer }: Place, key: string | number): Place {
    return { pointer: `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}` };
  }

  show(value: unknown): string {
    return (JSON.stringify(value) ?? 'nothing').slice(0, 80);
  }

  onlyFields(value: Record<string, unknown>, place: Place, allowed: readonly string[], what: string): void {
    for (const field of Object.keys(value)) {
      if (!allowed.includes(field))
        this.add(this.at(place, field), `${what} has no field "${field}"; it has ${allowed.join(', ')}`);
    }
  }

  /** The query language that holds here; a machine in JSONata has no states in JSONPath. */
  language(value: Record<string, unknown>, place: Place, outer: QueryLanguage, top: boolean): QueryLanguage {
    const own = value.QueryLanguage;
    if (own === undefined) return outer;
    if (own !== 'JSONPath' && own !== 'JSONata') {
      this.add(this.at(place, 'QueryLanguage'), `${this.show(own)} is no query language; use JSONPath or JSONata`);
      return outer;
    }
    if (!top && outer === 'JSONata' && own === 'JSONPath') {
      this.add(this.at(place, 'QueryLanguage'), 'inside a state machine in JSONata everything is in JSONata');
    }
    return own;
  }

  string(value: unknown, place: Place): value is string {
    if (typeof value === 'string' && value !== '') return true;
    this.add(place, `a text expected, got ${this.show(value)}`);
    return false;
  }

  list(value: unknown, place: Place): value is unknown[] {
    if (Array.isArray(value) && value.length > 0) return true;
    this.add(place, `a list with at least one entry expected, got ${this.show(value)}`);
    return false;
  }

  seconds(value: unknown, place: Place, least = 1): void {
    this.integer(value, place, least, MOST_SECONDS);
  }

  integer(value: unknown, place: Place, least: number, most: number): void {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return;
    this.add(place, `an integer from ${least} to ${most} expected, got ${this.show(value)}`);
  }

  number(value: unknown, place: Place, least: number, most = Number.POSITIVE_INFINITY): void {
    if (typeof value === 'number' && value >= least && value <= most) return;
    const upTo = Number.isFinite(most) ? ` to ${most}` : ' up';
    this.add(place, `a number from ${least}${upTo} expected, got ${this.show(value)}`);
  }

  /** Exactly one of these fields, or at most one. */
  oneOf(value: Record<string, unknown>, place: Place, fields: string[], need: 'one' | 'at most one'): void {
    const present = fields.filter((field) => value[field] !== undefined);
    if (present.length === 1 || (present.length === 0 && need === 'at most one')) return;
    const names = fields.join(', ');
    this.add(
      place,
      `${need === 'one' ? 'exactly one' : 'at most one'} of ${names} expected, got ${present.join(' and ') || 'none'}`,
    );
  }
}
