import ignore from 'ignore';
import * as v from 'valibot';
import { nearest } from '../documents/nearest.ts';
import { InvalidDocument, type Problem } from '../documents/problems.ts';
import { mappingOf, parseShape, strictMapping } from '../documents/shape.ts';
import type { Limits } from '../limits.ts';
import type { PackModel } from '../packs/components/pack-model.ts';
import { readTreeYaml } from '../packs/manifest/manifest.ts';
import type { Severity } from './rule.ts';

export const LEVELS = ['error', 'warning', 'off'] as const;
export type Level = (typeof LEVELS)[number];

/** The configuration in a pack. */
export const SETTINGS_FILE = '.attune-check.yaml';

export interface CheckSettings {
  /** By code; the levels of flags are stronger than those of the file. */
  readonly levels: ReadonlyMap<string, Level>;
  /** Returns whether diagnostics of a path are dropped. */
  isIgnored(path: string): boolean;
}

const level = v.nullish(v.union([v.picklist(LEVELS), v.literal(false)]));
const schema = strictMapping({ rules: v.nullish(mappingOf(level)), ignore: v.nullish(v.array(v.string())) });

/**
 * Reads the configuration of a pack and applies the levels of flags to it.
 * @param codes all rules, so that a misspelled code is not without effect
 * @throws InvalidDocument if the file is broken or has an unknown key
 */
export function readSettings(
  pack: PackModel,
  flags: ReadonlyMap<string, Level>,
  codes: readonly string[],
  limits: Limits,
): CheckSettings {
  const file = pack.listing.files.get(SETTINGS_FILE);
  if (!file) return { levels: flags, isIgnored: () => false };
  const document = readTreeYaml(file, limits);
  const options = { documentType: 'configuration of pack check', code: 'INVALID_CONFIG' } as const;
  if (document.value === null) return { levels: flags, isIgnored: () => false };
  const { rules, ignore: patterns } = parseShape(schema, document, options);
  const unknown = Object.keys(rules ?? {}).filter((code) => !codes.includes(code));
  if (unknown.length > 0) {
    const problems = unknown.map((code): Problem => {
      const meant = nearest(code, codes);
      const message = `unknown rule${meant ? `, did you mean '${meant}'?` : ''}`;
      return { path: SETTINGS_FILE, ...document.positionOf(['rules', code]), field: `rules.${code}`, message };
    });
    const hint = 'List the rules with pack check --list-rules.';
    throw new InvalidDocument('INVALID_CONFIG', `'${SETTINGS_FILE}' of ${pack.ref} is not valid:`, problems, hint);
  }
  const own = Object.entries(rules ?? {}).map(([code, value]) => [code, value || 'off'] as const);
  const ignored = ignore().add(patterns ?? []);
  return { levels: new Map([...own, ...flags]), isIgnored: (path) => ignored.ignores(path) };
}

/** Returns the severity of a diagnostic; `undefined` if its rule is off. */
export function severityOf(code: string, severity: Severity, { levels }: CheckSettings): Severity | undefined {
  const stated = levels.get(code);
  return stated === 'off' ? undefined : (stated ?? severity);
}
