import { DatabaseSync } from 'node:sqlite';
import { Engine, type TaskCall } from '../../../infra/local/engine/engine.ts';
import { Gateway } from '../../../infra/local/gateway/gateway.ts';
import { HostLock } from '../../../infra/local/store/database.ts';
import { systemClock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import type { Host } from '../../../shared/host.ts';

/** A host of the engine and the gateway alone, announced on a state directory, for workflows that tests bring. */
export class EngineHost {
  readonly engine: Engine;
  readonly url: string;
  readonly token: string;
  /** The task tokens that were handed out, oldest first. */
  readonly tokens: string[];
  readonly #gateway: Gateway;
  readonly #lock: HostLock;

  private constructor(engine: Engine, gateway: Gateway, lock: HostLock, token: string, tokens: string[]) {
    this.engine = engine;
    this.tokens = tokens;
    this.#gateway = gateway;
    this.#lock = lock;
    this.url = gateway.url;
    this.token = token;
  }

  static async start(directory: string, task: (call: TaskCall) => unknown = () => null): Promise<EngineHost> {
    const tokens: string[] = [];
    const engine = new Engine({
      database: new DatabaseSync(':memory:'),
      clock: systemClock,
      async task(call) {
        if (call.taskToken !== undefined) tokens.push(call.taskToken);
        return task(call);
      },
    });
    const token = 'the token of a test host';
    const webhooks = { names: () => [] } as never;
    const gateway = await Gateway.open({ host: faceOf(engine), webhooks, token, port: 0 });
    const lock = HostLock.take(directory)!;
    lock.announce({ pid: process.pid, url: gateway.url, token });
    return new EngineHost(engine, gateway, lock, token, tokens);
  }

  /** Starts a machine under a name of its own. */
  start(definition: Json, input: Json = {}): string {
    const workflow = `w${this.engine.workflows().length}`;
    this.engine.register(workflow, definition);
    return this.engine.start({ workflow, input }).execution.id;
  }

  async close(): Promise<void> {
    await this.#gateway.close();
    await this.engine.close();
    this.#lock.release();
  }
}

/** What the gateway asks of a host, answered by the engine. */
function faceOf(engine: Engine): Host {
  return {
    execution: async (id: string) => engine.get(id),
    executions: async () => engine.list().flatMap(({ id }) => engine.get(id) ?? []),
    history: async (id: string) => engine.history(id) as unknown as Json[],
    waitForExecution: (id: string) => engine.wait(id),
    stop: async (id: string, { error, cause }: { error?: string; cause?: string } = {}) =>
      engine.stop(id, error, cause),
    redrive: async (id: string) => engine.redrive(id),
    signal: async (token: string, answer: { output: Json } | { error: string; cause: string }) =>
      'output' in answer
        ? engine.succeedTask(token, answer.output)
        : engine.failTask(token, answer.error, answer.cause),
    heartbeat: async (token: string) => engine.heartbeatTask(token),
  } as unknown as Host;
}
