import { checkRules } from './rules.ts';

checkRules('PostgreSQL');
