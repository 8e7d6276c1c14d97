/**
 * `attune.lock`: the packs that a machine is to have, to the byte, on every system.
 *
 *     { "lock_version": 1,
 *       "packs": [{ "ref", "version", "checksum", "requested", "dependencies": ["core@^1.2"] }] }
 *
 * It says what a pack is and never where it was had: no URL, no registry, no archive. Addresses change, mirrors differ,
 * and whoever packs a release anew gives its archive other bytes; the directory checksum (SPEC section 4) is of the files
 * alone, so it is the one digest that holds for an archive, a git commit and what is installed. Nothing of a machine and
 * no date is in it either: the same packs give the same bytes, and two locks can be compared in a review.
 */
import { array, boolean, check, type InferOutput, literal, pipe, regex, string } from 'valibot';
import { readJson } from '../../documents/json/json.ts';
import { InvalidDocument, type Problem, shorten } from '../../documents/problems.ts';
import { checkShape, strictMapping } from '../../documents/shape.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { decodeText } from '../../documents/text.ts';
import { AttuneError } from '../../errors.ts';
import { type Digest, formatDigest, parseDigest } from '../digest.ts';
import { isSemanticVersion, PACK_REF } from '../pack-ref.ts';
import { parseRequirement, type Requirement, tryParseRequirement } from '../requirement.ts';
import { compareCodePoints } from '../tree/order.ts';
import { lockContradictions } from './contradictions.ts';

/** What the file is called where nobody says otherwise. */
export const LOCK_FILE = 'attune.lock';
const LOCK_VERSION = 1;

export interface LockedPack {
  readonly ref: string;
  readonly version: string;
  /** Of the directory, SHA-256. */
  readonly checksum: Digest;
  /** False for a pack that is there only because another needs it. */
  readonly requested: boolean;
  /** Every ref once. What is needed is locked too. */
  readonly dependencies: readonly Requirement[];
}

export interface Lock {
  /** Every ref once. */
  readonly packs: readonly LockedPack[];
}

/** A file that is no lock; `problems` has everything that is wrong with it. */
export class InvalidLock extends InvalidDocument {
  constructor(location: string, problems: readonly Problem[], hint = HINT) {
    super('INVALID_LOCK', `The lock '${location}' is not valid:`, problems, hint);
  }
}

const HINT = 'Write it anew with: attune pack lock --output FILE, from what is installed or from a list of packs.';

export class LockTooNew extends AttuneError {
  constructor(location: string, version: number) {
    super(
      'INVALID_LOCK_VERSION',
      `The lock '${location}' has version ${version}, and this attune reads version ${LOCK_VERSION}: a newer attune wrote it.`,
      {
        facts: { path: location, lock_version: version, known: LOCK_VERSION },
        hint: 'Upgrade attune, or write the lock anew with this one.',
      },
    );
  }
}

const quoted = (input: string) => `'${shorten(input, 80)}'`;

/** `attune.lock` as it is written. */
export const lockSchema = strictMapping({
  lock_version: literal(LOCK_VERSION),
  packs: array(
    strictMapping({
      ref: pipe(
        string(),
        regex(
          PACK_REF,
          ({ input }) => `${quoted(input)} is no ref: lower-case letters, digits, _ and -, and a letter first`,
        ),
      ),
      version: pipe(
        string(),
        check(isSemanticVersion, ({ input }) => `${quoted(input)} is no semantic version`),
      ),
      checksum: pipe(
        string(),
        regex(
          /^sha256:[0-9a-f]{64}$/,
          ({ input }) => `${quoted(input)} is no digest: sha256: and 64 digits in lower case`,
        ),
      ),
      requested: boolean(),
      dependencies: array(
        pipe(
          string(),
          check(
            (words) => tryParseRequirement(words) !== undefined,
            ({ input }) => `${quoted(input)} does not say which pack is needed: core, or core@^1.2`,
          ),
        ),
      ),
    }),
  ),
});

/**
 * Reads a lock.
 * @param location what messages call the file
 * @throws InvalidLock that lists every problem with its line, merge conflicts among them; LockTooNew; InvalidDocument
 * where it is no JSON
 */
export function readLock(bytes: Uint8Array, location: string): Lock {
  refuseConflicts(decodeText(bytes, location), location);
  const document = readJson(bytes, location);
  refuseNewer(document);
  const { output, problems = [] } = checkShape(lockSchema, document);
  const all = [...problems, ...lockContradictions(document)];
  if (output === undefined || all.length > 0) throw new InvalidLock(location, inOrder(all));
  return { packs: output.packs.map(lockedPack) };
}

/** A lock as it stands in a file: two spaces, by ref, every list sorted, a newline at the end. */
export function formatLock({ packs }: Lock): string {
  const sorted = packs.toSorted((one, other) => compareCodePoints(one.ref, other.ref)).map(toLockEntry);
  return `${JSON.stringify({ lock_version: LOCK_VERSION, packs: sorted }, null, 2)}\n`;
}

export type LockEntry = InferOutput<typeof lockSchema>['packs'][number];

/** A pack as it stands in the lock, and in what commands print of it. */
export function toLockEntry({ ref, version, checksum, requested, dependencies }: LockedPack): LockEntry {
  const needs = dependencies.toSorted((one, other) => compareCodePoints(one.ref, other.ref));
  return {
    ref,
    version,
    checksum: formatDigest(checksum),
    requested,
    dependencies: needs.map((need) => (need.range === '*' ? need.ref : `${need.ref}@${need.range}`)),
  };
}

function lockedPack({ checksum, dependencies, ...pack }: LockEntry): LockedPack {
  return { ...pack, checksum: parseDigest(checksum), dependencies: dependencies.map(parseRequirement) };
}

function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
}

/** JSON cannot have a line that begins so, not even in a string. */
const CONFLICT = /^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?$/;

function refuseConflicts(text: string, location: string): void {
  const problems = text.split(/\r\n?|\n/).flatMap((line, at) => {
    if (!CONFLICT.test(line)) return [];
    const message = `'${shorten(line, 60)}' is what git writes into a merge conflict`;
    return [{ path: location, line: at + 1, column: 1, field: '', message }];
  });
  if (problems.length === 0) return;
  const hint = `Do not merge it by hand: take one side with git checkout --ours ${LOCK_FILE} (or --theirs), then write it anew with attune pack lock.`;
  throw new InvalidLock(location, problems, hint);
}

function refuseNewer({ value, location }: SourceDocument): void {
  const version = (value as Partial<Record<string, unknown>> | null)?.['lock_version'];
  if (typeof version === 'number' && Number.isSafeInteger(version) && version > LOCK_VERSION) {
    throw new LockTooNew(location, version);
  }
}
