import { request } from 'node:http';

/** Whether the replica on this port of the loopback answers `GET path` with a status below 400 within the timeout. */
export function checkHealth(port: number, path: string, timeoutMilliseconds: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      { host: '127.0.0.1', port, path, agent: false, headers: { connection: 'close' } },
      (answer) => {
        answer.resume();
        finish(answer.statusCode! < 400);
      },
    );
    const timer = setTimeout(() => finish(false), timeoutMilliseconds);
    const finish = (healthy: boolean): void => {
      clearTimeout(timer);
      probe.destroy();
      resolve(healthy);
    };
    probe.on('error', () => finish(false));
    probe.end();
  });
}
