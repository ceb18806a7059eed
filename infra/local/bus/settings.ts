import type { BusSettings } from '../../../shared/configuration.ts';
import { Duration } from '../../../shared/core/duration.ts';
import { CloudError } from '../../../shared/core/errors.ts';

/** The settings of a bus with everything filled in. */
export interface Settings {
  identity: Duration;
  retention: { events: Duration; deliveries: Duration };
  mostPending: number;
}

const USUAL: Settings = {
  identity: Duration.hours(24),
  retention: { events: Duration.days(30), deliveries: Duration.days(30) },
  mostPending: 1_000_000,
};

/** The settings of a configuration, or `InvalidInput` with everything that is wrong with them. */
export function readSettings(given: BusSettings = {}): Settings {
  const problems = settingsProblems(given);
  if (problems.length === 0) return filledIn(given);
  throw new CloudError('InvalidInput', problems.join('\n'), { details: { problems } });
}

/** Everything that is wrong with the settings of a configuration. */
export function settingsProblems(given: BusSettings = {}): string[] {
  return problemsOf(filledIn(given)).map((problem) => `bus: ${problem}`);
}

function filledIn({ identity, retention = {}, mostPending }: BusSettings): Settings {
  return {
    identity: identity ?? USUAL.identity,
    retention: {
      events: retention.events ?? USUAL.retention.events,
      deliveries: retention.deliveries ?? USUAL.retention.deliveries,
    },
    mostPending: mostPending ?? USUAL.mostPending,
  };
}

function problemsOf({ identity, retention, mostPending }: Settings): string[] {
  const durations = {
    identity,
    'retention.events': retention.events,
    'retention.deliveries': retention.deliveries,
  };
  const problems = Object.entries(durations).flatMap(([name, duration]) =>
    // Not `instanceof`: the configuration may come from another copy of the package.
    duration?.milliseconds > 0 ? [] : [`${name} is ${duration}; write a duration such as Duration.days(7)`],
  );
  if (!Number.isSafeInteger(mostPending) || mostPending < 1) {
    problems.push(`mostPending is ${mostPending}; write a whole number of 1 or more`);
  }
  if (problems.length || identity.milliseconds <= retention.events.milliseconds) return problems;
  return [`identity (${identity}) is longer than retention.events (${retention.events}), and what is gone has none`];
}
