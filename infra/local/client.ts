import type { Json } from '../../shared/core/codecs.ts';
import { CloudError, type CloudErrorJson } from '../../shared/core/errors.ts';
import type {
  CloudEvent,
  EventBus,
  EventRecord,
  Execution,
  Host,
  HostedApplication,
  Published,
  RequestOptions,
  TaskAnswer,
} from '../../shared/host.ts';
import type { HostAddress } from './store/database.ts';

/** A host in another process, over its gateway. */
export class RemoteHost implements Host {
  readonly embedded = false;
  readonly #address: HostAddress;

  readonly bus: EventBus = {
    publish: async (events) => {
      const { events: published } = await this.#call<{ events: Published[] }>('POST', '/events', events as Json, {
        'content-type': 'application/cloudevents-batch+json',
      });
      return published;
    },
    find: async (id) =>
      (await this.#call<EventRecord[]>('GET', `/events/${encodeURIComponent(id)}`).catch(absent)) ?? [],
    rules: () => this.#call('GET', '/rules'),
    schedules: () => this.#call('GET', '/schedules'),
    deadLetters: () => this.#call('GET', '/dead-letters'),
    redrive: (delivery) => this.#call('POST', `/dead-letters/${delivery ?? 'all'}/redrive`),
    replay: ({ name, ...request }) =>
      this.#call('POST', '/events/replay', request, name === undefined ? {} : { 'idempotency-key': name }),
    dryReplay: (request) => this.#call('POST', '/events/replay/dry', JSON.parse(JSON.stringify(request)) as Json),
  };

  readonly application: HostedApplication = {
    operations: () => this.#call('GET', '/operations'),
    logs: (operation, { since, limit } = {}) => {
      const query = new URLSearchParams({
        ...(since && { since }),
        ...(limit !== undefined && { limit: String(limit) }),
      });
      return this.#call('GET', `/operations/${encodeURIComponent(operation)}/logs?${query}`);
    },
    plan: () => this.#call('POST', '/configuration/plan'),
    apply: (plan) => this.#call('POST', `/configuration/plans/${encodeURIComponent(plan)}/apply`),
  };

  constructor(address: HostAddress) {
    this.#address = address;
  }

  invoke(operation: string, input: Json, options: RequestOptions = {}): Promise<Json> {
    const { provider, requestId, traceparent, tracestate } = options;
    const query = provider ? `?provider=${encodeURIComponent(provider)}` : '';
    return this.#call('POST', `/operations/${encodeURIComponent(operation)}${query}`, input, {
      ...(requestId && { 'idempotency-key': requestId }),
      ...(traceparent && { traceparent, ...(tracestate && { tracestate }) }),
    });
  }

  async execution(id: string): Promise<Execution | undefined> {
    return this.#call<ExecutionJson>('GET', `/executions/${encodeURIComponent(id)}`).then(revive, absent);
  }

  async executions({ workflow, limit = 50 }: { workflow?: string; limit?: number } = {}): Promise<Execution[]> {
    const query = new URLSearchParams({ limit: String(limit), ...(workflow && { workflow }) });
    return (await this.#call<ExecutionJson[]>('GET', `/executions?${query}`)).map(revive);
  }

  history(id: string): Promise<Json[]> {
    return this.#call('GET', `/executions/${encodeURIComponent(id)}/history`);
  }

  async waitForExecution(id: string): Promise<Execution> {
    for (;;) {
      const execution = revive(
        await this.#call<ExecutionJson>('GET', `/executions/${encodeURIComponent(id)}?wait=true`),
      );
      if (execution.status !== 'RUNNING') return execution;
    }
  }

  async stop(id: string, reason: { error?: string; cause?: string } = {}): Promise<void> {
    await this.#call('POST', `/executions/${encodeURIComponent(id)}/stop`, reason);
  }

  async redrive(id: string): Promise<void> {
    await this.#call('POST', `/executions/${encodeURIComponent(id)}/redrive`);
  }

  async signal(token: string, answer: TaskAnswer): Promise<void> {
    const how = 'output' in answer ? 'succeed' : 'fail';
    await this.#call('POST', `/tasks/${encodeURIComponent(token)}/${how}`, answer);
  }

  async heartbeat(token: string): Promise<void> {
    await this.#call('POST', `/tasks/${encodeURIComponent(token)}/heartbeat`);
  }

  async *events({
    cursor,
    signal,
  }: {
    cursor?: number;
    signal?: AbortSignal;
  } = {}): AsyncGenerator<{ cursor: number; event: CloudEvent }> {
    const answer = await this.#send('GET', `/events${cursor === undefined ? '' : `?cursor=${cursor}`}`, {
      ...(signal && { signal }),
    });
    const lines = answer.body!.pipeThrough(new TextDecoderStream());
    let rest = '';
    for await (const chunk of lines) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        const id = /^id: (\d+)$/m.exec(block)?.[1];
        if (data) yield { cursor: Number(id), event: JSON.parse(data) };
      }
    }
  }

  async close(): Promise<void> {}

  async #call<T>(method: string, path: string, body?: Json, headers: Record<string, string> = {}): Promise<T> {
    const answer = await this.#send(method, path, {
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', ...headers },
    });
    return answer.json() as Promise<T>;
  }

  async #send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const { url, token } = this.#address;
    const answer = await fetch(`${url}${path}`, {
      ...init,
      method,
      headers: { ...init.headers, authorization: `Bearer ${token}` },
    }).catch((error: Error) => {
      throw error.name === 'AbortError' ? error : unreachable(url, error);
    });
    if (answer.ok) return answer;
    const { error } = (await answer.json()) as { error: CloudErrorJson };
    throw CloudError.fromJSON(error);
  }
}

type ExecutionJson = Omit<Execution, 'startedAt' | 'stoppedAt'> & { startedAt: string; stoppedAt?: string };

function revive({ startedAt, stoppedAt, ...rest }: ExecutionJson): Execution {
  return { ...rest, startedAt: new Date(startedAt), ...(stoppedAt && { stoppedAt: new Date(stoppedAt) }) };
}

function unreachable(url: string, error: Error): CloudError {
  const reason = (error.cause as Error | undefined)?.message ?? error.message;
  return new CloudError('Unavailable', `the host at ${url} does not answer (${reason}); see whether it still runs`, {
    details: { service: `host at ${url}`, reason },
    retry: 'backoff',
    cause: error,
  });
}

function absent(error: unknown): undefined {
  if (error instanceof CloudError && error.code === 'NotFound') return undefined;
  throw error;
}
