import { and, cyclicRuns, everyNth, isAll, numberRuns } from './wording.ts';

const MOST_TIMES = 6;

/** Times of the day in words, and whether they repeat through the whole day, as "every 5 minutes" does. */
export interface DescribedTimes {
  text: string;
  repeats: boolean;
}

/** The minutes and hours of a cron schedule in words. */
export function describeTimes(minutes: number[], hours: number[]): DescribedTimes {
  if (isAll(hours, 0, 23)) return { text: describeHourly(minutes), repeats: true };
  if (minutes.length * hours.length <= MOST_TIMES && !isAll(minutes, 0, 59)) {
    const times = hours.flatMap((hour) => minutes.map((minute) => clock(hour, minute)));
    return { text: `at ${and(times)}`, repeats: false };
  }
  const step = everyNth(hours, 23);
  if (minutes.length === 1 && step !== undefined) return describeEveryNthHour(step, hours[0]!, minutes[0]!);
  return { text: describeStretches(minutes, hours), repeats: false };
}

function describeHourly(minutes: number[]): string {
  return minutes.length === 1 && minutes[0] === 0 ? 'every hour' : describeMinutes(minutes);
}

function describeMinutes(minutes: number[]): string {
  if (isAll(minutes, 0, 59)) return 'every minute';
  if (minutes.length === 2 && minutes[0] === 0 && minutes[1] === 30) return 'every 30 minutes';
  const step = everyNth(minutes, 59);
  if (step === undefined) return `at minute${minutes.length === 1 ? '' : 's'} ${numberRuns(minutes)} of every hour`;
  const wholeHour = minutes[0] === 0 && 60 % step === 0;
  return wholeHour ? `every ${step} minutes` : `every ${step} minutes from minute ${minutes[0]} of every hour`;
}

function describeEveryNthHour(step: number, first: number, minute: number): DescribedTimes {
  const repeats = first === 0 && 24 % step === 0;
  if (repeats && minute === 0) return { text: `every ${step} hours`, repeats };
  return { text: `every ${step} hours from ${clock(first, minute)}`, repeats };
}

// From the first time to the last one of each stretch of hours: "every 30 minutes from 20:00 to 02:30".
function describeStretches(minutes: number[], hours: number[]): string {
  const [first, last] = [minutes[0]!, minutes.at(-1)!];
  const stretches = cyclicRuns(hours, 0, 23);
  if (minutes.length > 1) {
    const spans = stretches.map((run) => `from ${clock(run.first, first)} to ${clock(run.last, last)}`);
    return `${describeMinutes(minutes)} ${and(spans)}`;
  }
  const spans = stretches.map((run) =>
    run.length === 1
      ? `at ${clock(run.first, first)}`
      : `every hour from ${clock(run.first, first)} to ${clock(run.last, first)}`,
  );
  return and(spans);
}

function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
