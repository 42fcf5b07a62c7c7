export { envOf } from './env-of.ts';
export { rowsOf } from './rows-of.ts';
