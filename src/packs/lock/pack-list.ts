/**
 * `attune.packs.yaml`: the packs that somebody wants, each with the range of versions that will do. What they need is left
 * to the resolver, and which versions these come to stands in the lock beside it.
 *
 *     packs:
 *       - core
 *       - slack@^2
 *       - { ref: jira, range: ">=1,<2" }
 */
import validRange from 'semver/ranges/valid.js';
import { array, check, optional, pipe, regex, string, union } from 'valibot';
import { formatField, InvalidDocument, type Problem, shorten } from '../../documents/problems.ts';
import { checkShape, strictMapping } from '../../documents/shape.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { readYaml } from '../../documents/yaml/yaml.ts';
import type { Limits } from '../../limits.ts';
import { PACK_REF } from '../pack-ref.ts';
import { tryParseRequirement } from '../requirement.ts';

export interface ListedPack {
  readonly ref: string;
  /** In npm's syntax; `undefined` where any release will do. */
  readonly range: string | undefined;
}

class InvalidPackList extends InvalidDocument {
  constructor(location: string, problems: readonly Problem[]) {
    super('INVALID_PACK_LIST', `The list of packs '${location}' is not valid:`, problems, HINT);
  }
}

const HINT = 'Write packs: and below it one line each: - core, - slack@^2 or - { ref: jira, range: ">=1,<2" }.';

const quoted = (input: string) => `'${shorten(input, 80)}'`;

/** What people write between comparators is a comma in one place and a space in the other. */
const npmForm = (range: string) => range.trim().replace(/\s*,\s*/g, ' ');

const isRange = (range: string) => range === 'latest' || (range.trim() !== '' && validRange(npmForm(range)) !== null);

const words = pipe(
  string(),
  check(
    (text) => tryParseRequirement(text) !== undefined,
    ({ input }) => `${quoted(input)} names no pack: write core, core@^1.2 or core>=1,<3`,
  ),
  check(
    (text) => isRange(tryParseRequirement(text)?.range ?? '*'),
    ({ input }) => `${quoted(input)} has no range of versions behind its name`,
  ),
);

const named = strictMapping({
  ref: pipe(
    string(),
    regex(
      PACK_REF,
      ({ input }) => `${quoted(input)} is no ref: lower-case letters, digits, _ and -, and a letter first`,
    ),
  ),
  range: optional(
    pipe(
      string(),
      check(isRange, ({ input }) => `${quoted(input)} is no range of versions`),
    ),
    '*',
  ),
});

const wantedListSchema = strictMapping({ packs: array(union([words, named])) });

/**
 * Reads a list of wanted packs. Ranges are those of the command line, npm's (`2` is any 2.x); a comma may stand for the
 * space between comparators.
 * @throws InvalidPackList that names every problem with its line; InvalidDocument where it is no YAML
 */
export function readPackList(bytes: Uint8Array, location: string, limits: Limits): ListedPack[] {
  const document = readYaml(bytes, location, limits);
  const { output, problems } = checkShape(wantedListSchema, document);
  if (problems) throw new InvalidPackList(location, problems);
  const wanted = output.packs.map(wantedPack);
  const twins = twinsIn(wanted, document);
  if (twins.length > 0) throw new InvalidPackList(location, twins);
  return wanted;
}

function wantedPack(item: string | { readonly ref: string; readonly range: string }): ListedPack {
  const { ref, range } = typeof item === 'string' ? tryParseRequirement(item)! : item;
  const npm = npmForm(range);
  return { ref, range: npm === '*' || npm === 'latest' ? undefined : npm };
}

function twinsIn(wanted: readonly ListedPack[], document: SourceDocument): Problem[] {
  const refs = wanted.map(({ ref }) => ref);
  return refs.flatMap((ref, at) => {
    const path = ['packs', at];
    if (refs.indexOf(ref) === at) return [];
    const message = `the pack '${ref}' is wanted already`;
    return [{ path: document.location, ...document.positionOf(path), field: formatField(path), message }];
  });
}
