/** Raised for a text that is not an ISO 8601 duration; callers inside a schema see it as a validation issue. */
export class DurationSyntaxError extends Error {
  override name = 'DurationSyntaxError';
}

const UNITS = { W: 604_800_000, D: 86_400_000, H: 3_600_000, M: 60_000, S: 1_000 } as const;
const ISO_8601 = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/;

/**
 * A length of time with a resolution of one millisecond; its JSON form is an ISO 8601 duration (`PT5M`).
 *
 * Years and months are refused because their length depends on the calendar; a day is 24 hours.
 */
export class Duration {
  /** The whole length in milliseconds, an integer of zero or more. */
  readonly milliseconds: number;

  private constructor(milliseconds: number) {
    const rounded = Math.round(milliseconds);
    if (!Number.isSafeInteger(rounded) || rounded < 0) {
      throw new RangeError(`duration: ${milliseconds} ms is not a length of time; use a number of 0 or more`);
    }
    this.milliseconds = rounded;
  }

  static milliseconds(count: number): Duration {
    return new Duration(count);
  }

  static seconds(count: number): Duration {
    return new Duration(count * UNITS.S);
  }

  static minutes(count: number): Duration {
    return new Duration(count * UNITS.M);
  }

  static hours(count: number): Duration {
    return new Duration(count * UNITS.H);
  }

  static days(count: number): Duration {
    return new Duration(count * UNITS.D);
  }

  /** Reads an ISO 8601 duration such as `PT1H30M` or `PT0.5S`; throws DurationSyntaxError for anything else. */
  static parse(text: string): Duration {
    const match = ISO_8601.exec(text);
    const parts = match?.slice(1).filter((part) => part !== undefined) ?? [];
    if (!match || parts.length === 0 || text.endsWith('T')) {
      throw new DurationSyntaxError(
        `"${text}" is not an ISO 8601 duration; write weeks to seconds, such as PT5M or P1DT12H`,
      );
    }
    const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0));
    return new Duration(weeks * UNITS.W + days * UNITS.D + hours * UNITS.H + minutes * UNITS.M + seconds * UNITS.S);
  }

  get seconds(): number {
    return this.milliseconds / UNITS.S;
  }

  equals(other: Duration): boolean {
    return this.milliseconds === other.milliseconds;
  }

  toString(): string {
    let rest = this.milliseconds;
    const take = (unit: number): number => {
      const count = Math.floor(rest / unit);
      rest -= count * unit;
      return count;
    };
    const days = take(UNITS.D);
    const hours = take(UNITS.H);
    const minutes = take(UNITS.M);
    const seconds = rest / UNITS.S;
    const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`;
    if (!days && !time) return 'PT0S';
    return `P${days ? `${days}D` : ''}${time ? `T${time}` : ''}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
