/**
 * `attune.packs.yaml`: a list of requested packs, each with a range of acceptable versions. Dependencies are left to the
 * resolver, and the resolved versions are recorded in a lock.
 *
 *     packs:
 *       - core
 *       - slack@^2
 *       - { ref: jira, range: ">=1,<2" }
 */
import { array, check, optional, pipe, regex, string, union } from 'valibot';
import { formatField, InvalidDocument, type Problem, shorten } from '../../documents/problems.ts';
import { checkShape, strictMapping } from '../../documents/shape.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { readYaml } from '../../documents/yaml/yaml.ts';
import type { Limits } from '../../limits.ts';
import { toNpmRange } from '../npm-range.ts';
import { PACK_REF, REF_FORM } from '../pack-ref.ts';
import { tryParseRequirement } from '../requirement.ts';

/** The default name of the file. */
export const PACK_LIST_FILE = 'attune.packs.yaml';

export interface ListedPack {
  readonly ref: string;
  /** In npm's syntax; `undefined` for any release. */
  readonly range: string | undefined;
}

/** An invalid list of packs. */
class InvalidPackList extends InvalidDocument {
  constructor(location: string, problems: readonly Problem[]) {
    super('INVALID_PACK_LIST', `The list of packs '${location}' is not valid:`, problems, HINT);
  }
}

const HINT = 'Write one item for each pack below packs: - core, - slack@^2 or - { ref: jira, range: ">=1,<2" }.';

const quoted = (input: string) => `'${shorten(input, 80)}'`;

const isRange = (range: string) => range === 'latest' || toNpmRange(range) !== undefined;

const packText = pipe(
  string(),
  check(
    (text) => tryParseRequirement(text) !== undefined,
    ({ input }) => `${quoted(input)} is not a valid pack: write core, core@^1.2 or core>=1,<3`,
  ),
  check(
    (text) => isRange(tryParseRequirement(text)?.range ?? '*'),
    ({ input }) => `${quoted(input)} has no valid version range after its name`,
  ),
);

const packMapping = strictMapping({
  ref: pipe(
    string(),
    regex(PACK_REF, ({ input }) => `${quoted(input)} is not a valid ref: use ${REF_FORM}`),
  ),
  range: optional(
    pipe(
      string(),
      check(isRange, ({ input }) => `${quoted(input)} is not a version range`),
    ),
    '*',
  ),
});

const packListSchema = strictMapping({ packs: array(union([packText, packMapping])) });

/**
 * Parses a list of packs. Ranges have npm's syntax, as on the command line (`2` is any 2.x).
 * @throws InvalidPackList that lists every problem with its line; InvalidDocument when the file is not YAML
 */
export function readPackList(bytes: Uint8Array, location: string, limits: Limits): ListedPack[] {
  const document = readYaml(bytes, location, limits);
  const { output, problems } = checkShape(packListSchema, document);
  if (problems) throw new InvalidPackList(location, problems);
  const packs = output.packs.map(toListedPack);
  const duplicates = findDuplicates(packs, document);
  if (duplicates.length > 0) throw new InvalidPackList(location, duplicates);
  return packs;
}

function toListedPack(item: string | { readonly ref: string; readonly range: string }): ListedPack {
  const { ref, range } = typeof item === 'string' ? tryParseRequirement(item)! : item;
  const npm = toNpmRange(range);
  return { ref, range: npm === '*' ? undefined : npm };
}

function findDuplicates(packs: readonly ListedPack[], document: SourceDocument): Problem[] {
  const refs = packs.map(({ ref }) => ref);
  return refs.flatMap((ref, index) => {
    const path = ['packs', index];
    if (refs.indexOf(ref) === index) return [];
    const message = `the pack '${ref}' is already listed`;
    return [{ path: document.location, ...document.positionOf(path), field: formatField(path), message }];
  });
}
