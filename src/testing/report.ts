export type * from '../packs/test-report.ts';
