import { operation } from '../../shared/operation.ts';
import { TableDescription, TableSpec } from '../../shared/types/nosql.ts';

/** Creates a table with its indexes; both are fixed from then on. */
export default operation({
  name: 'nosql.createTable',
  summary: 'Create a table of items',
  input: TableSpec,
  output: TableDescription,
  errors: ['DatabaseError.TableAlreadyExists'],
  idempotency: 'request',
  example: {
    name: 'images',
    partitionKey: { name: 'album', type: 'String' },
    sortKey: { name: 'takenAt', type: 'Number' },
    globalIndexes: [{ name: 'by-camera', partitionKey: { name: 'camera', type: 'String' } }],
    stream: 'Images',
  },
  run: (spec, nosql) => nosql.createTable(spec),
});
