import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { Application, type DriverUnderTest, deployRules } from '../../../../conformance/deploy.ts';
import { openBehindProxy } from './machine.ts';

describe('the deploy driver of this machine', () => {
  let made: DriverUnderTest;

  beforeAll(async () => {
    made = await openBehindProxy();
  });
  afterAll(() => made.close());

  test.each(deployRules)('$rule', async ({ check }) => {
    const application = new Application(made.driver);
    try {
      await check(application);
    } finally {
      await made.driver.remove(application.name);
    }
  });
});
