/**
 * Writes oclif.manifest.json, from which oclif knows the commands without loading them.
 *
 *     node bin/build/oclif-manifest.ts [--check]     --check reports a stale file instead, and exits with status 1
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Plugin } from '@oclif/core/config';

const root = dirname(dirname(import.meta.dirname));
const file = join(root, 'oclif.manifest.json');
const plugin = new Plugin({ root, isRoot: true, ignoreManifest: true, errorOnManifestCreate: true });
await plugin.load();
// oclif lists the commands in the order in which their files were found, which varies.
const commands = Object.entries(plugin.manifest.commands).sort(([one], [other]) => (one < other ? -1 : 1));
const current = `${JSON.stringify({ ...plugin.manifest, commands: Object.fromEntries(commands) }, null, 2)}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(file, current);
} else if (readFileSync(file, 'utf8') !== current) {
  process.stderr.write('oclif.manifest.json is stale. Run: npm run manifest\n');
  process.exitCode = 1;
}
