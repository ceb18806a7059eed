import type { MiddlewareHandler } from 'hono';
import { Duration } from '../../../shared/core/duration.ts';
import { CloudError } from '../../../shared/core/errors.ts';

const PAUSE = Duration.seconds(1);

/**
 * Lets requests in only while the bodies of those that are not answered yet fit into `mostBytes`; the others are told to come again.
 * A request that does not say how long it is counts as `largest` bytes.
 */
export function boundedBodies(mostBytes: number, largest: number): MiddlewareHandler {
  let held = 0;
  return async (context, next) => {
    const bytes = Math.min(Number(context.req.header('content-length') ?? largest), largest);
    if (held + bytes > mostBytes) {
      // What was not read is still on its way, so the connection cannot carry another request.
      context.header('connection', 'close');
      throw new CloudError(
        'Throttled',
        `${held} bytes of events are being accepted already; send this again in ${PAUSE}`,
        {
          details: { service: 'events', retryAfter: PAUSE },
          retry: 'backoff',
        },
      );
    }
    held += bytes;
    try {
      await next();
    } finally {
      held -= bytes;
    }
  };
}
