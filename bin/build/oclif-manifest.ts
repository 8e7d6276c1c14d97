// Writes oclif.manifest.json, what oclif knows of the commands without loading one; with --check, says whether it is fresh.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Plugin } from '@oclif/core/config';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const file = join(root, 'oclif.manifest.json');
const plugin = new Plugin({ root, isRoot: true, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
const fresh = `${JSON.stringify(plugin.manifest, null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(file, fresh);
} else if (readFileSync(file, 'utf8') !== fresh) {
  process.stderr.write('oclif.manifest.json is stale. Run: npm run manifest\n');
  process.exitCode = 1;
}
