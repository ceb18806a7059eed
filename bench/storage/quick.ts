/** Whether numbers are wanted that only show that the bench works: a few seconds instead of minutes. */
export const QUICK = process.env.CLOUDLIB_BENCH_QUICK === '1';
