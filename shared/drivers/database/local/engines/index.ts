import type { Engine } from './engine.ts';
import { mongodb } from './mongodb.ts';
import { mysql } from './mysql.ts';
import { postgres } from './postgres.ts';
import { redis } from './redis.ts';

/** Every engine that can run on this machine. */
export const ENGINES: readonly Engine[] = [postgres, mysql, redis, mongodb];
