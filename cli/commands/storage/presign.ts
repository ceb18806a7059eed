import { Command, Option } from 'commander';
import { Duration } from '../../../shared/core/duration.ts';
import type { HttpMethod } from '../../../shared/types/scalars.ts';
import { parseObject } from '../../objectAddress.ts';
import { PROVIDER_OPTION, type StorageOptions, storageOf } from '../../objectStorage.ts';
import { action } from '../../session.ts';
import { parseLength } from '../../times.ts';

interface Options extends StorageOptions {
  method: HttpMethod;
  expires: string;
}

/** `cloudlib storage presign`: a URL that needs no credentials. */
export const presign = (): Command =>
  new Command('presign')
    .description('make a URL with which anyone may do one request until it expires')
    .argument('<address>', 'storage://bucket/key')
    .addOption(new Option('--method <method>', 'the request').choices(['GET', 'HEAD', 'PUT', 'DELETE']).default('GET'))
    .option('--expires <length>', 'up to 7 days: 90s, 15m, PT1H', '15m')
    .option(...PROVIDER_OPTION)
    .action(
      action<Options>(async (session, text) => {
        const { bucket, key } = parseObject(text!);
        const { method, expires } = session.options;
        const length = Duration.milliseconds(parseLength(expires));
        const url = await (await storageOf(session)).generatePresignedUrl(bucket, key, method, length);
        session.terminal.result({ url, method, expires: String(length) }, () => url);
      }),
    );
