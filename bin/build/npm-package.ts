// Bundles src into dist/attune.cjs, which is what the published package runs.
import { makeModules, writeProgram } from './bundle.ts';

await writeProgram(await makeModules());
