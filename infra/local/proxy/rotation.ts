/** What the rotation needs to know of a replica. */
export interface Candidate {
  readonly revision: string;
  readonly inFlight: number;
  /** Unix milliseconds until which the replica is passed over because it refused a connection. */
  readonly passedOverUntil: number;
}

interface Share<T> {
  weight: number;
  /** Smooth weighted round robin: what the revision is owed. */
  credit: number;
  replicas: T[];
  next: number;
}

/**
 * Chooses the replica for a request: smooth weighted round robin over the revisions, then the replica of that revision with the
 * fewest requests in flight (in turn, where they have equally many). A revision without a replica leaves its share to the others.
 */
export class Rotation<T extends Candidate> {
  #shares = new Map<string, Share<T>>();

  /** Replaces weights and replicas; what a revision is owed stays, so that frequent updates do not favour anyone. */
  update(weights: Record<string, number>, replicas: readonly T[]): void {
    const shares = new Map<string, Share<T>>();
    for (const [revision, weight] of Object.entries(weights)) {
      const own = replicas.filter((replica) => replica.revision === revision);
      if (weight <= 0 || own.length === 0) continue;
      const before = this.#shares.get(revision);
      shares.set(revision, { weight, credit: before?.credit ?? 0, replicas: own, next: before?.next ?? 0 });
    }
    this.#shares = shares;
  }

  /**
   * The replica for the next request, or undefined when there is none. Replicas that lately refused a connection are chosen only
   * when no other is left, those in `tried` never.
   */
  pick(now: number, tried?: ReadonlySet<T>): T | undefined {
    return this.#pick(now, tried) ?? this.#pick(Number.POSITIVE_INFINITY, tried);
  }

  #pick(now: number, tried: ReadonlySet<T> | undefined): T | undefined {
    let total = 0;
    let chosen: Share<T> | undefined;
    let replica: T | undefined;
    for (const share of this.#shares.values()) {
      const candidate = leastBusy(share, now, tried);
      if (!candidate) continue;
      total += share.weight;
      share.credit += share.weight;
      if (chosen && share.credit <= chosen.credit) continue;
      chosen = share;
      replica = candidate;
    }
    if (!chosen) return undefined;
    chosen.credit -= total;
    chosen.next = (chosen.replicas.indexOf(replica!) + 1) % chosen.replicas.length;
    return replica;
  }
}

function leastBusy<T extends Candidate>(
  { replicas, next }: Share<T>,
  now: number,
  tried?: ReadonlySet<T>,
): T | undefined {
  let best: T | undefined;
  for (let step = 0; step < replicas.length; step++) {
    const replica = replicas[(next + step) % replicas.length]!;
    if (replica.passedOverUntil > now || tried?.has(replica)) continue;
    if (!best || replica.inFlight < best.inFlight) best = replica;
  }
  return best;
}
