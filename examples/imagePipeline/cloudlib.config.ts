// In a project of yours: from 'cloudlib'.
import { Duration, defineConfig, event, operation } from '../../index.ts';
import { catalogImage } from './catalogImage.ts';
import { forgetImage } from './forgetImage.ts';

/** An upload is noted in a table, and a deleted image is forgotten; README.md walks through it. */
export default defineConfig({
  operations: [catalogImage, forgetImage],
  automations: {
    'catalog-upload': {
      on: event({ type: ['cloudlib.storage.object.created'], data: { bucket: ['uploads'] } }),
      start: operation(catalogImage, {
        bucket: '{% $event.data.bucket %}',
        key: '{% $event.data.key %}',
        size: '{% $event.data.size %}',
        etag: '{% $event.data.etag %}',
      }),
      // What is no image never becomes one: such a delivery is kept among the dead letters, with the reason.
      retry: { maximumAttempts: 3, maximumAge: Duration.minutes(10) },
    },
    'forget-deleted': {
      on: event({ type: ['cloudlib.storage.object.deleted'], data: { bucket: ['uploads'] } }),
      start: operation(forgetImage, { key: '{% $event.data.key %}' }),
    },
  },
});
