import { App } from 'aws-cdk-lib';
import { HostStack } from './stack.ts';

const app = new App();
new HostStack(app, 'CloudLib');
app.synth();
