// In a project of yours: from 'cloudlib'.
import { CloudError, local, NoSQLTables, ObjectStorage } from '../../index.ts';

/** What is there already is no error. */
const once = (made: Promise<unknown>): Promise<unknown> =>
  made.catch((error: unknown) => {
    if (!(error instanceof CloudError) || !error.code.endsWith('AlreadyExists')) throw error;
  });

await once(new ObjectStorage(local()).createBucket('uploads'));
await once(new NoSQLTables(local()).createTable({ name: 'images', partitionKey: { name: 'key', type: 'String' } }));
console.log('The bucket "uploads" and the table "images" are there.');
