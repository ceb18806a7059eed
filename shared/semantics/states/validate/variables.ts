import { isObject, type Place, type Report } from './report.ts';

/** One variable that a state assigns, and where. */
interface Assignment {
  name: string;
  place: Place;
}

/**
 * Checks that the states of a Parallel or inline Map assign no variable of the states around: they can read those, and their own must have
 * other names. Gives the names that the machines inside of this one must leave alone.
 */
export function checkScope(
  states: Record<string, unknown>,
  outer: ReadonlySet<string>,
  at: Place,
  report: Report,
): Set<string> {
  const own = Object.entries(states).flatMap(([name, state]) => assignments(state, report.at(at, name), report));
  for (const { name, place } of own) {
    if (outer.has(name)) report.add(place, `"${name}" is a variable of the states around; use a name of its own here`);
  }
  return new Set([...outer, ...own.map(({ name }) => name)]);
}

/** The assignments of a state, of its rules and of its catchers. */
function assignments(state: unknown, at: Place, report: Report): Assignment[] {
  if (!isObject(state)) return [];
  const inside = ['Choices', 'Catch'].flatMap((field) =>
    (Array.isArray(state[field]) ? (state[field] as unknown[]) : []).flatMap((entry, i) =>
      assignments(entry, report.at(report.at(at, field), i), report),
    ),
  );
  if (!isObject(state.Assign)) return inside;
  const place = report.at(at, 'Assign');
  const own = Object.keys(state.Assign).map((key) => ({
    name: key.replace(/\.\$$/, ''),
    place: report.at(place, key),
  }));
  return [...own, ...inside];
}
