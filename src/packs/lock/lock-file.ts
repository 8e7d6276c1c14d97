/**
 * `attune.lock`: the exact packs that a machine should have, on every system.
 *
 *     { "lock_version": 1,
 *       "packs": [{ "ref", "version", "checksum", "source": {...}, "requested", "dependencies": ["core@^1.2"] }] }
 *
 * A lock identifies the content of each pack, not its origin: a pack of a registry has no URL, registry or archive.
 * Addresses change, mirrors differ, and rebuilding a release changes the bytes of its archive. The directory checksum (SPEC
 * section 4) depends on the files alone, so one digest is valid for an archive, a git commit and an installed pack. Only a
 * pack that no registry lists has a `source` (see `locked-source.ts`), since no other machine could find it. A lock
 * contains nothing about the machine and no date either: the same packs produce the same bytes, and locks can be diffed in
 * a review.
 */
import { array, boolean, check, type InferOutput, literal, optional, pipe, regex, string } from 'valibot';
import { readJson } from '../../documents/json/json.ts';
import { InvalidDocument, type Problem, shorten } from '../../documents/problems.ts';
import { checkShape, strictMapping } from '../../documents/shape.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { decodeText } from '../../documents/text.ts';
import { AttuneError } from '../../errors.ts';
import { type Digest, formatDigest, parseDigest } from '../digest.ts';
import { isSemanticVersion, PACK_REF, REF_FORM } from '../pack-ref.ts';
import { parseRequirement, type Requirement, tryParseRequirement } from '../requirement.ts';
import { compareCodePoints } from '../tree/order.ts';
import { findInconsistencies } from './inconsistencies.ts';
import { fromSourceEntry, type LockedSource, lockedSourceSchema, toSourceEntry } from './locked-source.ts';

/** The default name of the file. */
export const LOCK_FILE = 'attune.lock';
const LOCK_VERSION = 1;

export interface LockedPack {
  readonly ref: string;
  readonly version: string;
  /** The SHA-256 checksum of the directory. */
  readonly checksum: Digest;
  /** Where a pack that was not installed from a registry can be fetched. */
  readonly source?: LockedSource | undefined;
  /** True if the pack was requested; false for one that is only a dependency. */
  readonly requested: boolean;
  /** Each ref occurs once. All dependencies are locked as well. */
  readonly dependencies: readonly Requirement[];
}

export interface Lock {
  /** Every ref once. */
  readonly packs: readonly LockedPack[];
}

/** An invalid lock. `problems` lists everything that is wrong with it. */
export class InvalidLock extends InvalidDocument {
  constructor(location: string, problems: readonly Problem[], hint = HINT) {
    super('INVALID_LOCK', `The lock '${location}' is not valid:`, problems, hint);
  }
}

const HINT = "Recreate it with 'attune pack lock --output FILE', from the installed packs or from a list of packs.";

/** A lock in a newer format than this attune supports. */
export class LockTooNew extends AttuneError {
  constructor(location: string, version: number) {
    super(
      'INVALID_LOCK_VERSION',
      `The lock '${location}' has format version ${version}, but this attune supports version ${LOCK_VERSION}: a newer attune wrote it.`,
      {
        facts: { path: location, lock_version: version, known: LOCK_VERSION },
        hint: 'Upgrade attune, or recreate the lock with this version.',
      },
    );
  }
}

const quoted = (input: string) => `'${shorten(input, 80)}'`;

/** The schema of `attune.lock` as it is written. */
export const lockSchema = strictMapping({
  lock_version: literal(LOCK_VERSION),
  packs: array(
    strictMapping({
      ref: pipe(
        string(),
        regex(PACK_REF, ({ input }) => `${quoted(input)} is not a valid ref: use ${REF_FORM}`),
      ),
      version: pipe(
        string(),
        check(isSemanticVersion, ({ input }) => `${quoted(input)} is not a semantic version`),
      ),
      checksum: pipe(
        string(),
        regex(
          /^sha256:[0-9a-f]{64}$/,
          ({ input }) => `${quoted(input)} is not a digest: write sha256: followed by 64 lower-case hexadecimal digits`,
        ),
      ),
      source: optional(lockedSourceSchema),
      requested: boolean(),
      dependencies: array(
        pipe(
          string(),
          check(
            (text) => tryParseRequirement(text) !== undefined,
            ({ input }) => `${quoted(input)} is not a valid dependency: write core or core@^1.2`,
          ),
        ),
      ),
    }),
  ),
});

/**
 * Parses a lock.
 * @param location the name of the file in messages
 * @throws InvalidLock that lists every problem with its line, merge conflicts included; LockTooNew; InvalidDocument when
 * the file is not JSON
 */
export function readLock(bytes: Uint8Array, location: string): Lock {
  rejectMergeConflicts(decodeText(bytes, location), location);
  const document = readJson(bytes, location);
  rejectNewerVersion(document);
  const { output, problems = [] } = checkShape(lockSchema, document);
  const all = [...problems, ...findInconsistencies(document)];
  if (output === undefined || all.length > 0) throw new InvalidLock(location, sortByLocation(all));
  return { packs: output.packs.map(toLockedPack) };
}

/** Formats a lock as the text of a file: indented by two spaces, sorted by ref, every list sorted, with a final newline. */
export function formatLock({ packs }: Lock): string {
  const sorted = packs.toSorted((one, other) => compareCodePoints(one.ref, other.ref)).map(toLockEntry);
  return `${JSON.stringify({ lock_version: LOCK_VERSION, packs: sorted }, null, 2)}\n`;
}

export type LockEntry = InferOutput<typeof lockSchema>['packs'][number];

/** Converts a locked pack to the form in which it is written to a lock and printed by commands. */
export function toLockEntry({ ref, version, checksum, source, requested, dependencies }: LockedPack): LockEntry {
  const sorted = dependencies.toSorted((one, other) => compareCodePoints(one.ref, other.ref));
  return {
    ref,
    version,
    checksum: formatDigest(checksum),
    ...(source === undefined ? {} : { source: toSourceEntry(source) }),
    requested,
    dependencies: sorted.map(({ ref: dependency, range }) => (range === '*' ? dependency : `${dependency}@${range}`)),
  };
}

function toLockedPack({ ref, version, checksum, source, requested, dependencies }: LockEntry): LockedPack {
  return {
    ref,
    version,
    checksum: parseDigest(checksum),
    ...(source === undefined ? {} : { source: fromSourceEntry(source) }),
    requested,
    dependencies: dependencies.map(parseRequirement),
  };
}

function sortByLocation(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
}

/** No line of a JSON document can begin like a conflict marker, not even inside a string. */
const CONFLICT_MARKER = /^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?$/;

function rejectMergeConflicts(text: string, location: string): void {
  const problems = text.split(/\r\n?|\n/).flatMap((line, index) => {
    if (!CONFLICT_MARKER.test(line)) return [];
    const message = `'${shorten(line, 60)}' is a git merge conflict marker`;
    return [{ path: location, line: index + 1, column: 1, field: '', message }];
  });
  if (problems.length === 0) return;
  const hint = `Do not merge it by hand: keep one side with git checkout --ours ${LOCK_FILE} (or --theirs), then recreate it with 'attune pack lock'.`;
  throw new InvalidLock(location, problems, hint);
}

function rejectNewerVersion({ value, location }: SourceDocument): void {
  const version = (value as Partial<Record<string, unknown>> | null)?.['lock_version'];
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > LOCK_VERSION) {
    throw new LockTooNew(location, version);
  }
}
