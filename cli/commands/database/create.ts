import { Command } from 'commander';
import { askDatabase, awaitDatabase, type DatabaseView, type ProviderOption } from '../../databases.ts';
import { CommandFailure } from '../../failure.ts';
import { action } from '../../session.ts';

interface Options extends ProviderOption {
  engine: string;
  engineVersion?: string;
  class: string;
  storage: string;
  retention: string;
  multiAz?: boolean;
}

type Offer = { engine: string; version?: string; reason?: string };

/** `cloudlib database create`: creates a database and waits until it answers queries. */
export const create = (): Command =>
  new Command('create')
    .description('create a database, and wait until it answers queries')
    .argument('<name>', 'its name')
    .option('--engine <engine>', 'PostgreSQL, MySQL, Redis …', 'PostgreSQL')
    .option('--engine-version <version>', 'the one that is installed when left out')
    .option('--class <class>', 'how large it is', 'db.t4g.micro')
    .option('--storage <gigabytes>', 'how much it may hold', '20')
    .option('--retention <days>', 'how long backups are kept; 0 for none', '7')
    .option('--multi-az', 'with a standby that can take over')
    .action(
      action<Options>(async (session, name) => {
        const { options, terminal } = session;
        const host = await session.host();
        const { engines } = await askDatabase<{ engines: Offer[] }>(host, 'listEngines', {}, options);
        const { engine, version } = chosen(engines, options.engine);
        const asked = options.engineVersion ?? majorOf(engine, version);
        const config = {
          engine: { kind: engine, version: asked },
          version: asked,
          instanceClass: options.class,
          allocatedStorage: Number(options.storage),
          backupRetention: Number(options.retention),
          multiAz: options.multiAz ?? false,
          encryption: false,
        };
        await askDatabase(host, 'createInstance', { name, config }, options);
        await awaitDatabase(host, { name: name!, until: 'Available' }, options);
        const instance = await askDatabase<DatabaseView>(host, 'describeInstance', { name }, options);
        terminal.result(instance, (paint) =>
          [
            `${paint.green('✔')} ${paint.bold(name!)} is there: ${engine} at ${paint.cyan(`127.0.0.1:${instance.endpoint?.port}`)}`,
            `  ${paint.dim('how to connect:')} cloudlib database url ${name}`,
          ].join('\n'),
        );
      }),
    );

/** What runs in a container has no version until one is chosen. */
function majorOf(engine: string, version: string): string {
  const major = /^\d+/.exec(version)?.[0];
  if (major !== undefined) return major;
  throw new CommandFailure('InvalidInput', `${engine} runs here in ${version}; choose one with --engine-version`);
}

/** The engine of that name, in whatever case, when it can run. */
function chosen(engines: Offer[], name: string): { engine: string; version: string } {
  const offer = engines.find(({ engine }) => engine.toLowerCase() === name.toLowerCase());
  const known = engines.map(({ engine }) => engine).join(', ');
  if (!offer) throw new CommandFailure('InvalidInput', `there is no engine "${name}"; there are ${known}`);
  if (offer.version !== undefined) return { engine: offer.engine, version: offer.version };
  throw new CommandFailure('DatabaseError.InvalidConfiguration', offer.reason ?? `${name} cannot run here`);
}
