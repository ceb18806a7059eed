import { checkRules } from './rules.ts';

checkRules('MySQL');
