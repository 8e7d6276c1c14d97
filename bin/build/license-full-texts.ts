/**
 * Writes src/operations/create/license-texts.json: the texts of the SPDX list, compressed, for `pack create`. Deprecated ids
 * are left out.
 *
 *     node bin/build/license-full-texts.ts
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import ids from 'spdx-license-ids/index.json' with { type: 'json' };
import licenses from 'spdx-license-list/full.js';

const texts = ids.toSorted().flatMap((id) => (licenses[id] ? [[id, licenses[id].licenseText] as const] : []));
const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_QUALITY]: 9 };
const content = brotliCompressSync(JSON.stringify(Object.fromEntries(texts)), { params }).toString('base64');
const file = join(import.meta.dirname, '../../src/operations/create/license-texts.json');
writeFileSync(file, `${JSON.stringify({ content })}\n`);
