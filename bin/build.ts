// Bundles src into dist/attune.cjs, which is what the published package and the executable run.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

await build({
  absWorkingDir: root,
  entryPoints: ['src/main.ts'],
  outfile: join(root, 'dist', 'attune.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node24',
  minify: true,
  keepNames: true,
  sourcemap: 'linked',
  charset: 'ascii',
  // Its addon is a file of its own, which npm installs beside the bundle.
  external: ['better-sqlite3'],
  logLevel: 'warning',
});
