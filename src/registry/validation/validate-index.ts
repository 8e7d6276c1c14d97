/**
 * Validates an index and reports all problems with their positions in one run (SPEC section 3). The reader in
 * `read-index.ts` finds problems that prevent reading; the rules inspect the same parts for everything else. The severity
 * of a finding depends on the profile, by the table in `codes.ts`.
 */
import { type FieldPath, InvalidDocument } from '../../documents/problems.ts';
import type { Limits } from '../../limits.ts';
import { isSemanticVersion, PACK_REF } from '../../packs/pack-ref.ts';
import { type Profile, severityOf } from '../index/codes.ts';
import { type Finding, Findings, type IndexDocument, type Inspector, type SourceOwner } from '../index/findings.ts';
import { type IndexSource, isNetworkSource } from '../index/format.ts';
import { inspectIndex } from '../index/inspect-index.ts';
import { describeOlderForm, readChunkedOrWhole } from '../index/read-index.ts';
import { LOCAL_SOURCE_MESSAGE, type ReadOptions } from '../index/valid-entries.ts';
import { type Diagnostic, diagnosticOf, unreadableDiagnostics } from './diagnostic.ts';
import { inspectFieldNames, inspectPinning, inspectTimestamp } from './rules/fields.ts';
import { inspectList, inspectOrder, inspectRelease } from './rules/order.ts';
import { inspectDependencies, inspectRuntimes, type RequirementGrammar } from './rules/requirements.ts';
import { inspectPageUrl, inspectSourceUrl } from './rules/urls.ts';

/** A source that is well-formed enough to be fetched, with the expected identity of its content. */
export interface ListedSource {
  readonly ref: string;
  readonly version: string;
  readonly source: IndexSource;
  /** The path of the source, for findings about it. */
  readonly path: FieldPath;
}

export interface ValidatedIndex {
  /** The number of entries, valid or not. */
  readonly entries: number;
  /** The sources of all entries and their earlier releases, in file order. */
  readonly sources: readonly ListedSource[];
  /** @param more findings about the sources @returns all diagnostics in file order */
  diagnostics(more?: readonly Finding[]): Diagnostic[];
}

export interface ValidationRules extends ReadOptions {
  readonly profile: Profile;
  readonly grammar: RequirementGrammar;
  readonly limits: Limits;
}

/** Bounds the memory that the findings of a hostile index can take. */
const MAX_FINDINGS = 100_000;

/**
 * Validates an index.
 * @param location the path or URL for messages; its extension determines the format
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

function validate(document: IndexDocument, rules: ValidationRules): ValidatedIndex {
  const { profile } = rules;
  const sources: ListedSource[] = [];
  const findings = new Findings(document, {
    inspector: inspectorOf(rules, sources),
    ignores: (code) => severityOf(code, profile) === 'off',
    limit: MAX_FINDINGS,
  });
  let entries = 0;
  inspectIndex(findings, ({ entry }) => {
    if (entry) entries += 1;
  });
  return {
    entries,
    sources,
    diagnostics: (more = []) =>
      [...findings.found, ...olderForms(findings), ...truncation(findings), ...more]
        .map((finding) => diagnosticOf(finding, document, profile))
        .sort((one, other) => one.line - other.line || one.column - other.column),
  };
}

function inspectorOf({ grammar, remote }: ValidationRules, sources: ListedSource[]): Inspector {
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
    earlierRelease: inspectRelease,
    dependencies(fields) {
      inspectDependencies(fields, grammar);
      inspectList(fields, 'packs');
    },
    source(fields, source, owner) {
      inspectSourceUrl(fields, source);
      const isRefused = remote && !isNetworkSource(source);
      if (isRefused) fields.problem('local-source', ['url'], LOCAL_SOURCE_MESSAGE);
      inspectPinning(fields, source);
      if (!isRefused && canBeFetched(source, owner)) sources.push({ ...owner, source, path: fields.path() });
    },
  };
}

function canBeFetched(source: IndexSource, { ref, version }: SourceOwner): boolean {
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

function truncation({ truncated }: Findings): Finding[] {
  if (!truncated) return [];
  return [{ code: 'too-many-problems', path: [], message: `there are more than ${MAX_FINDINGS} problems` }];
}
