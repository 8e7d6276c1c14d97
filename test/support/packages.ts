import { createHash } from 'node:crypto';
import { tarGzOf, zipOf } from './archives.ts';

/** Creates a Python wheel with one module, whose `main` prints the version, and one program, `<name>-say`. */
export function wheel(name: string, version: string): { readonly file: string; readonly content: Buffer } {
  const distInfo = `${name}-${version}.dist-info`;
  const files: Record<string, string> = {
    [`${name}.py`]: `VERSION = "${version}"\ndef main():\n    print(VERSION)\n`,
    [`${distInfo}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${distInfo}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${distInfo}/entry_points.txt`]: `[console_scripts]\n${name}-say = ${name}:main\n`,
  };
  const record = [...Object.keys(files), `${distInfo}/RECORD`].map((path) => `${path},,\n`).join('');
  const entries = Object.entries({ ...files, [`${distInfo}/RECORD`]: record });
  const content = zipOf(entries.map(([path, text]) => ({ name: path, content: text })));
  return { file: `${name}-${version}-py3-none-any.whl`, content };
}

/** Creates an npm package with one module that exports the version and one program of the same name that prints it. */
export function npmPackage(name: string, version: string): { readonly content: Buffer; readonly integrity: string } {
  const manifest = { name, version, main: 'index.js', bin: { [name]: 'index.js' }, scripts: { postinstall: 'exit 1' } };
  const content = tarGzOf(
    { name: 'package/package.json', content: JSON.stringify(manifest) },
    {
      name: 'package/index.js',
      content: `#!/usr/bin/env node\nmodule.exports = "${version}";\nif (require.main === module) console.log(module.exports);\n`,
    },
  );
  return { content, integrity: `sha512-${createHash('sha512').update(content).digest('base64')}` };
}

/** Returns `package.json` and `package-lock.json` with one dependency. @param resolved a URL, or `file:` and a path */
export function npmFiles(name: string, version: string, resolved: string, integrity: string): Record<string, string> {
  const spec = resolved.startsWith('file:') ? resolved : version;
  const root = { name: 'pack', version: '1.0.0', dependencies: { [name]: spec } };
  const entry = { version, resolved, integrity, bin: { [name]: 'index.js' }, hasInstallScript: true };
  const lock = {
    ...{ name: 'pack', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: { '': root, [`node_modules/${name}`]: entry },
  };
  return {
    'package.json': JSON.stringify({ ...root, scripts: { preinstall: 'exit 1', postinstall: 'exit 1' } }),
    'package-lock.json': JSON.stringify(lock),
  };
}
