import type { Clock } from '../../../shared/core/clock.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import type { Presigner } from '../../../shared/drivers/storage/local/index.ts';
import type { PresignOptions } from '../../../shared/drivers/storage/port.ts';
import { presign, type SigningKey, signForm } from '../../../shared/semantics/sigv4/index.ts';
import type { PresignedCondition, PresignedPost } from '../../../shared/types/storage.ts';

export interface EndpointPresignerOptions {
  key: SigningKey;
  region: string;
  clock: Clock;
  /** Where the endpoint answers, once it does. */
  address(): string | undefined;
}

/** Makes requests that the endpoint lets anyone make who has them, until they expire. */
export class EndpointPresigner implements Presigner {
  readonly #options: EndpointPresignerOptions;

  constructor(options: EndpointPresignerOptions) {
    this.#options = options;
  }

  url(bucket: string, key: string, { method, expiresIn, versionId, part, headers = {} }: PresignOptions): string {
    const address = this.#address();
    const lowerCase = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    const request = {
      method,
      path: `/${bucket}/${key}`,
      query: [
        ...(part
          ? ([
              ['partNumber', String(part.partNumber)],
              ['uploadId', part.uploadId],
            ] as const)
          : []),
        ...(versionId === undefined ? [] : ([['versionId', versionId]] as const)),
      ],
      headers: { ...Object.fromEntries(lowerCase), host: new URL(address).host },
    };
    const seconds = Math.max(1, Math.floor(expiresIn / 1000));
    return `${address}${presign(request, { ...this.#signing(), expiresIn: seconds })}`;
  }

  post(bucket: string, key: string, expiresIn: number, conditions: PresignedCondition[]): PresignedPost {
    const { time, ...signing } = this.#signing();
    const stated = conditions.map(conditionOf);
    const namesKey = conditions.some(
      (condition) => condition.kind !== 'ContentLengthRange' && condition.field.toLowerCase() === 'key',
    );
    const own = [{ bucket }, ...(namesKey ? [] : [keyCondition(key)])];
    const expiresAt = new Date(time.getTime() + expiresIn);
    const exact = conditions.filter((condition) => condition.kind === 'Exact');
    return {
      url: `${this.#address()}/${bucket}`,
      fields: {
        key,
        ...Object.fromEntries(exact.map(({ field, value }) => [field, value])),
        ...signForm([...own, ...stated], { ...signing, time, expiresAt }),
      },
    };
  }

  #signing(): { key: SigningKey; region: string; time: Date } {
    const { key, region, clock } = this.#options;
    return { key, region, time: clock.now() };
  }

  #address(): string {
    const address = this.#options.address();
    if (address !== undefined) return address;
    const reason =
      'no endpoint serves this store, so that a presigned request would lead nowhere; open one (`cloudlib start`)';
    throw new CloudError('Unimplemented', reason, {
      details: { provider: 'local', capability: 'presigned requests', reason },
    });
  }
}

/** A key with the name of the file in it is known only once there is the file. */
function keyCondition(key: string): unknown {
  const at = key.indexOf('$' + '{filename}');
  return at < 0 ? { key } : ['starts-with', '$key', key.slice(0, at)];
}

function conditionOf(condition: PresignedCondition): unknown {
  switch (condition.kind) {
    case 'ContentLengthRange':
      return ['content-length-range', condition.min, condition.max];
    case 'StartsWith':
      return ['starts-with', `$${condition.field}`, condition.value];
    default:
      return { [condition.field]: condition.value };
  }
}
