export interface Patience {
  /** Milliseconds after which it has failed. */
  within?: number;
  /** Milliseconds between two looks. */
  every?: number;
}

/** What `look` returns as soon as it does not throw; after the deadline what it threw last. For what happens outside of this process. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  { within = 15_000, every = 20 }: Patience = {},
): Promise<T> {
  const deadline = performance.now() + within;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, every));
    }
  }
}
