import fc from 'fast-check';

/**
 * Property tests look at the same cases in each run, so that a change is judged by what it changed; `CLOUDLIB_LONG=1` looks at other
 * ones each time, and at more of them.
 */
if (process.env.CLOUDLIB_LONG !== '1') fc.configureGlobal({ seed: 20_261_123 });
