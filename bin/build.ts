// Bundles src into dist/attune.cjs, which is what the published package and the executable run.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lighterModules } from './lighter-modules.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: join(root, 'dist', 'attune.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  // Names stay as they are: to restore them would be a call for every function at each start.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  charset: 'ascii',
  // Its addon is a file of its own, which npm installs beside the bundle.
  external: ['better-sqlite3'],
  plugins: [lighterModules],
  logLevel: 'warning',
});
