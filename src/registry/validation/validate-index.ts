/**
 * Everything that is wrong with an index, in one run and each with its place (SPEC section 3). The reader of
 * `read-index.ts` finds what keeps an index from being read; the rules beside it are shown the same parts on the way and
 * ask for what reading does not need. Both only say what they find. What it weighs is a matter of the profile, and
 * `index-codes.ts` has that in one table.
 */
import { type FieldPath, InvalidDocument } from '../../documents/problems.ts';
import type { Limits } from '../../limits.ts';
import { isSemanticVersion, PACK_REF } from '../../packs/pack-ref.ts';
import { type Profile, weightOf } from '../index/codes.ts';
import { type Finding, Findings, type IndexDocument, type Inspector } from '../index/findings.ts';
import type { IndexSource } from '../index/format.ts';
import { describeOlderForm, inspectIndex, readChunkedOrWhole } from '../index/read-index.ts';
import { type Diagnostic, diagnosticOf, unreadableDiagnostics } from './diagnostic.ts';
import { inspectFieldNames } from './rules/fields.ts';
import { inspectList, inspectOrder, inspectRelease } from './rules/order.ts';
import { inspectPinning } from './rules/pinning.ts';
import { inspectDependencies, inspectRuntimes, type RequirementGrammar } from './rules/requirements.ts';
import { inspectTimestamp } from './rules/timestamp.ts';
import { inspectPageUrl, inspectSourceUrl } from './rules/urls.ts';

/** A source that is written well enough to be fetched, with what it has to be. */
export interface ListedSource {
  readonly ref: string;
  readonly version: string;
  readonly source: IndexSource;
  /** Where it stands, for a finding about it. */
  readonly path: FieldPath;
}

export interface ValidatedIndex {
  /** How many entries there are, right or wrong. */
  readonly entries: number;
  /** Of the entries and of their earlier releases, in the order of the file. */
  readonly sources: readonly ListedSource[];
  /** @param more what was found out about the sources. @returns everything, in the order of the file */
  diagnostics(more?: readonly Finding[]): Diagnostic[];
}

export interface ValidationRules {
  readonly profile: Profile;
  readonly grammar: RequirementGrammar;
  readonly limits: Limits;
}

/** An index can be wrong a million times, and somebody has to hold all that. */
const MOST_FINDINGS = 100_000;

/**
 * @param location what messages call the index: a path or a URL; its ending says whether it is JSON or YAML
 * @throws IndexTooLarge
 */
export function validateIndex(bytes: Uint8Array, location: string, rules: ValidationRules): ValidatedIndex {
  try {
    return readChunkedOrWhole(bytes, location, rules.limits, (document) => validate(document, rules));
  } catch (error) {
    if (!(error instanceof InvalidDocument)) throw error;
    return { entries: 0, sources: [], diagnostics: () => unreadableDiagnostics(error) };
  }
}

function validate(document: IndexDocument, { profile, grammar }: ValidationRules): ValidatedIndex {
  const sources: ListedSource[] = [];
  const findings = new Findings(document, {
    inspector: inspectorOf(grammar, sources),
    ignores: (code) => weightOf(code, profile) === 'off',
    most: MOST_FINDINGS,
  });
  let entries = 0;
  inspectIndex(findings, () => {
    entries += 1;
  });
  return {
    entries,
    sources,
    diagnostics: (more = []) =>
      [...findings.found, ...olderForms(findings), ...excess(findings), ...more]
        .map((finding) => diagnosticOf(finding, document, profile))
        .sort((one, other) => one.line - other.line || one.column - other.column),
  };
}

function inspectorOf(grammar: RequirementGrammar, sources: ListedSource[]): Inspector {
  const inspectRefOrder = inspectOrder();
  return {
    names: inspectFieldNames,
    index(fields) {
      inspectPageUrl(fields, 'registry_url');
      inspectTimestamp(fields, 'last_updated');
    },
    entry(fields, entry) {
      inspectRefOrder(fields, entry);
      inspectPageUrl(fields, 'repository');
      inspectList(fields, 'keywords');
    },
    release(fields) {
      inspectRuntimes(fields, grammar);
      inspectTimestamp(fields, 'published_at');
      inspectList(fields, 'runtime_deps');
    },
    earlier: inspectRelease,
    dependencies(fields) {
      inspectDependencies(fields, grammar);
      inspectList(fields, 'packs');
    },
    source(fields, source, of) {
      inspectSourceUrl(fields, source);
      inspectPinning(fields, source);
      if (canBeFetched(source, of)) sources.push({ ...of, source, path: fields.path() });
    },
  };
}

function canBeFetched(source: IndexSource, { ref, version }: { ref: string; version: string }): boolean {
  const complete = source.url !== '' && source.checksum !== '' && (source.type !== 'git' || source.ref !== '');
  return complete && PACK_REF.test(ref) && isSemanticVersion(version);
}

function olderForms({ olderForms }: Findings): Finding[] {
  return [...olderForms].map(([kind, form]) => ({
    code: 'older-form',
    path: form.path,
    message: describeOlderForm(kind, form),
  }));
}

function excess({ abridged }: Findings): Finding[] {
  if (!abridged) return [];
  return [{ code: 'too-many-problems', path: [], message: `there are more than ${MOST_FINDINGS} problems` }];
}
