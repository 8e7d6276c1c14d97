/** The rule is one with that for indexes, and lives with the setting. */
export { applyMirror } from '../config/mirrors.ts';
