// A host whose application is in the middle of a call that hears nothing, for a test that kills it.
import { LocalHost } from '../../infra/local/host.ts';
import { operations } from './ownOperations.ts';

const host = await LocalHost.start({ directory: process.argv[2]!, configuration: { operations } });
host.invoke('app.endless', {}).catch(() => {});
while ((await host.application.logs('app.endless')).length === 0) await new Promise((wake) => setTimeout(wake, 20));
console.log('started');
