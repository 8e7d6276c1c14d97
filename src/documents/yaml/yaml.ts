import { CORE_SCHEMA, constructFromEvents, type Event, mergeTag, parseEvents, YAMLException } from 'js-yaml';
import { reasonOf } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { InvalidDocument, type Problem } from '../problems.ts';
import { duplicateProblems, OutlinedDocument, pathAt, problemAt, type SourceDocument } from '../source-document.ts';
import { decodeText, refuseLarge } from '../text.ts';
import { findAliasBomb } from './aliases.ts';
import { outlineYaml, type Refusal, secondDocument } from './outline.ts';

/** YAML 1.2's core types and `<<`: nothing that runs code, and no dates made of what people meant as text. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);
const MAX_DEPTH = 100;

/**
 * Reads one YAML document; an empty file has the value `null`.
 *
 * The parser's events are kept, since they know where everything stands; values are built from them only after the
 * aliases have been weighed, because building is what an anchor bomb makes expensive later on.
 * @param location what messages call the file
 * @throws InvalidDocument when it is too large, not UTF-8, not YAML, or of a kind that section 2 or 9 of the contract
 * refuses
 */
export function readYaml(bytes: Uint8Array, location: string, limits: Limits): SourceDocument {
  refuseLarge(bytes.byteLength, location, limits.yamlBytes);
  const text = decodeText(bytes, location);
  const events = attempt(location, text, () => parseEvents(text, { maxDepth: MAX_DEPTH }));
  refuse(secondDocument(events), location, text, []);
  refuse(findAliasBomb(events, text, limits), location, text, events);
  const value = attempt(location, text, () => construct(events, text), events);
  return new OutlinedDocument(location, value ?? null, text, () => outlineYaml(events, text).root);
}

/** @param events those of the document, to name the field; none where there is no telling */
function refuse(refusal: Refusal | undefined, location: string, text: string, events: readonly Event[]): void {
  if (!refusal) return;
  const field = pathAt(outlineYaml(events, text).root, refusal.at);
  fail(location, [problemAt(location, text, refusal.at, field, refusal.message)], refusal.hint);
}

function construct(events: Event[], text: string): unknown {
  return constructFromEvents(events, { source: text, schema: SCHEMA })[0];
}

function attempt<T>(location: string, text: string, call: () => T, events: readonly Event[] = []): T {
  try {
    return call();
  } catch (error) {
    // Whatever else a parser throws on a hostile file, the file is at fault and not the program.
    const { reason, at } =
      error instanceof YAMLException
        ? { reason: error.reason, at: error.mark?.position ?? 0 }
        : { reason: reasonOf(error), at: 0 };
    const { root, duplicates } = outlineYaml(events, text);
    const { message, hint } = inWords(reason);
    // Keys that are spelled differently and mean the same (`1` and `0x1`) are only known to the parser.
    const problems = reason === DUPLICATE ? duplicateProblems(location, text, duplicates) : [];
    return fail(
      location,
      problems.length > 0 ? problems : [problemAt(location, text, at, pathAt(root, at), message)],
      hint,
    );
  }
}

const DUPLICATE = 'duplicated mapping key';

function inWords(reason: string): { message: string; hint: string } {
  if (reason.startsWith('unknown ') && reason.includes(' tag '))
    return {
      message: reason,
      hint: 'Remove the tag: only plain strings, numbers, true, false, null, lists and mappings are allowed.',
    };
  if (reason.startsWith('nesting exceeded'))
    return { message: `it is nested more than ${MAX_DEPTH} levels deep`, hint: 'Make it flatter.' };
  if (reason === DUPLICATE) return { message: 'duplicate key', hint: 'Keep one of them.' };
  return { message: reason, hint: 'Check the indentation, the quotes and the brackets there and on the line before.' };
}

function fail(location: string, problems: readonly Problem[], hint: string): never {
  throw new InvalidDocument('INVALID_YAML', `Cannot read '${location}' as YAML:`, problems, hint);
}
