/**
 * Writes src/packs/license/texts.json, the digests of the license texts of the SPDX list, by which attune recognizes the
 * license of a pack. Deprecated ids are left out.
 *
 *     node bin/build/license-texts.ts           writes the file
 *     node bin/build/license-texts.ts --check   exits 1 if the file is stale
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ids from 'spdx-license-ids/index.json' with { type: 'json' };
import licenses from 'spdx-license-list/full.js';
import { licenseDigests } from '../../src/packs/license/normalize.ts';

const FILE = join(import.meta.dirname, '../../src/packs/license/texts.json');

const entries = ids
  .toSorted()
  .flatMap((id) =>
    licenses[id] ? [[id, [...licenseDigests(licenses[id].licenseText)].sort().join(' ')] as const] : [],
  );
const lines = entries.map(([id, digests]) => `  ${JSON.stringify(id)}: ${JSON.stringify(digests)}`);
const content = `{\n${lines.join(',\n')}\n}\n`;

if (!process.argv.includes('--check')) writeFileSync(FILE, content);
else if (readFileSync(FILE, 'utf8') !== content) {
  process.stderr.write('src/packs/license/texts.json is stale. Run: npm run license-texts\n');
  process.exitCode = 1;
}
