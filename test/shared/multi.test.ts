import { describe, expect, test } from '@jest/globals';
import { capabilities, offered } from '../../shared/drivers/capabilities.ts';
import { multi } from '../../shared/multi.ts';

const GATES = {
  archive: ['archive', 'put.days'],
  tags: ['put.tags', 'tagsOf'],
  ranges: ['get.range'],
} as const;

/** A driver of a domain that there is not, with what its methods were called with. */
abstract class Shelf {
  readonly calls: unknown[][] = [];

  async put(name: string, options: { days?: number; tags?: string[]; plain?: boolean } = {}): Promise<string> {
    this.calls.push(['put', name, options]);
    return name;
  }

  async get(name: string, options?: { range?: [number, number] }): Promise<string> {
    this.calls.push(['get', name, options]);
    return name;
  }

  async archive(name: string): Promise<void> {
    this.calls.push(['archive', name]);
  }

  async tagsOf(name: string): Promise<string[]> {
    this.calls.push(['tagsOf', name]);
    return [];
  }
}

class Full extends Shelf {
  readonly capabilities = capabilities(GATES, ['archive', 'tags', 'ranges']);
}
class Tagging extends Shelf {
  readonly capabilities = capabilities(GATES, ['tags', 'ranges']);
}
class Archiving extends Shelf {
  readonly capabilities = capabilities(GATES, ['archive', 'ranges']);

  /** What only this driver has, and no capability opens. */
  async weigh(): Promise<number> {
    return 1;
  }
}

const refusal = (capability: string) => ({ code: 'Unimplemented', details: { provider: 'multi', capability } });

// What does not compile here is checked by the compiler: a line that did compile would make `@ts-expect-error` an error.
describe('several drivers as one', () => {
  test('have the operations and options that all of them declare', async () => {
    const first = new Full();
    const both = multi(first, new Tagging());
    expect(await both.put('a', { tags: ['t'], plain: true })).toBe('a');
    expect(await both.tagsOf('a')).toEqual([]);
    expect(await both.get('a', { range: [0, 1] })).toBe('a');
    expect(first.calls.map(([method]) => method)).toEqual(['put', 'tagsOf', 'get']);
    expect([...both.capabilities]).toEqual(['tags', 'ranges']);
  });

  test('refuse an operation that one of them lacks, in the types and when it is called', async () => {
    const first = new Full();
    const both = multi(first, new Tagging());
    // @ts-expect-error: the second driver has no archive.
    await expect(both.archive('a')).rejects.toMatchObject(refusal('archive'));
    const reversed = multi(new Tagging(), first);
    // @ts-expect-error: the first driver has no archive.
    await expect(reversed.archive('a')).rejects.toMatchObject(refusal('archive'));
    expect(first.calls).toEqual([]);
  });

  test('refuse an option that one of them lacks, in the types and when it is given', async () => {
    const first = new Full();
    const both = multi(first, new Tagging());
    // @ts-expect-error: the second driver has no archive, and so no days in it.
    await expect(both.put('a', { days: 3 })).rejects.toMatchObject(refusal('archive'));
    const options = { days: 3, plain: true };
    // @ts-expect-error: nor does an object that has the option beside others.
    await expect(both.put('a', options)).rejects.toMatchObject(refusal('archive'));
    expect(first.calls).toEqual([]);
  });

  test('of three drivers have what is common to all three', async () => {
    const all = multi(new Full(), new Tagging(), new Archiving());
    expect(await all.put('a', { plain: true })).toBe('a');
    // @ts-expect-error: the third driver has no tags.
    await expect(all.put('a', { tags: [] })).rejects.toMatchObject(refusal('tags'));
    // @ts-expect-error: the third driver has no tags.
    await expect(all.tagsOf('a')).rejects.toMatchObject(refusal('tags'));
  });

  test('can be taken together with another one again', async () => {
    const all = multi(multi(new Full(), new Tagging()), new Archiving());
    expect([...all.capabilities]).toEqual(['ranges']);
    expect(await all.get('a', { range: [0, 1] })).toBe('a');
    // @ts-expect-error: the last driver has no tags.
    await expect(all.tagsOf('a')).rejects.toMatchObject(refusal('tags'));
  });

  test('have no method that is in none but the first', () => {
    const both = multi(new Archiving(), new Full());
    // @ts-expect-error: a driver of the domain need not have it.
    expect(both.weigh).toBeInstanceOf(Function);
  });

  test('let a program run on each of them alone that was written for both', async () => {
    const [full, tagging] = [new Full(), new Tagging()];
    const both = multi(full, tagging);
    const program = (shelf: typeof both): Promise<string> => shelf.put('a', { tags: ['t'] });
    expect(await Promise.all([program(both), program(full), program(tagging)])).toEqual(['a', 'a', 'a']);
    // @ts-expect-error: a driver that has no tags cannot run it.
    await program(new Archiving());
  });

  test('must be of one domain', () => {
    const stranger = { capabilities: capabilities({ tags: ['put.tags'] } as const, ['tags']) };
    expect(() => multi(new Full(), stranger)).toThrow(/different domains/);
  });
});

describe('one driver', () => {
  test('that is offered has what it declares and refuses the rest', async () => {
    const driver = new Tagging();
    const shelf = offered('shelf', driver);
    expect(await shelf.tagsOf('a')).toEqual([]);
    // @ts-expect-error: it has no archive.
    await expect(shelf.archive('a')).rejects.toMatchObject({
      code: 'Unimplemented',
      message: expect.stringMatching(/shelf: archive needs the capability "archive"/),
    });
    // @ts-expect-error: it has no archive, and so no days in it.
    await expect(shelf.put('a', { days: 1 })).rejects.toMatchObject({ code: 'Unimplemented' });
    expect(driver.calls).toEqual([['tagsOf', 'a']]);
  });

  test('may be given an option as undefined that it lacks', async () => {
    const driver = new Tagging();
    await offered('shelf', driver).put('a', { days: undefined });
    expect(driver.calls).toHaveLength(1);
  });
});
