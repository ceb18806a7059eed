import { checkRules } from './rules.ts';

checkRules('Redis');
