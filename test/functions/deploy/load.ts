import { Agent, get } from 'node:http';
import { until } from './trialHost.ts';

export interface Answer {
  /** 0 when there was none. */
  status: number;
  version?: string;
}

/** A constant load on an endpoint, which does not wait for answers before it sends the next request. */
export class Load {
  readonly answers: Answer[] = [];
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });
  readonly #timer: NodeJS.Timeout;
  #inFlight = 0;

  constructor(url: string, perSecond = 100) {
    this.#url = url;
    this.#timer = setInterval(() => this.#send(), 1000 / perSecond);
  }

  get failed(): Answer[] {
    return this.answers.filter(({ status }) => status !== 200);
  }

  countOf(version: string): number {
    return this.answers.filter((answer) => answer.version === version).length;
  }

  /** Ends the load and waits for the last answer. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await until('every request is answered', () => this.#inFlight === 0);
    this.#agent.destroy();
  }

  #send(): void {
    this.#inFlight++;
    const done = (answer: Answer): void => {
      this.#inFlight--;
      this.answers.push(answer);
    };
    get(this.#url, { agent: this.#agent }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.once('end', () => done({ status: response.statusCode!, version: versionIn(body) }));
    }).once('error', () => done({ status: 0 }));
  }
}

function versionIn(body: string): string {
  try {
    return JSON.parse(body).version;
  } catch {
    return 'unknown';
  }
}
