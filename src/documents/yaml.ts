import { CORE_SCHEMA, constructFromEvents, type Event, mergeTag, parseEvents, YAMLException } from 'js-yaml';
import type { Limits } from '../limits.ts';
import { InvalidDocument, type Problem } from './problems.ts';
import { duplicateProblems, OutlinedDocument, problemAt, type SourceDocument } from './source-document.ts';
import { decodeText, refuseLarge } from './text.ts';
import { findAliasBomb } from './yaml-aliases.ts';
import { outlineYaml, secondDocument } from './yaml-outline.ts';

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
  const refused = secondDocument(events) ?? findAliasBomb(events, text, limits);
  if (refused) fail(location, [problemAt(location, text, refused.at, [], refused.message)], refused.hint);
  const value = attempt(location, text, () => construct(events, text), events);
  return new OutlinedDocument(location, value ?? null, text, () => outlineYaml(events, text).root);
}

function construct(events: Event[], text: string): unknown {
  return constructFromEvents(events, { source: text, schema: SCHEMA })[0];
}

function attempt<T>(location: string, text: string, call: () => T, events: readonly Event[] = []): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const at = error.mark?.position ?? 0;
    if (/^duplicated mapping key/.test(error.reason)) {
      const problems = duplicateProblems(location, text, outlineYaml(events, text).duplicates);
      // Keys that are spelled differently and mean the same (`1` and `0x1`) are only known to the parser.
      const only = [problemAt(location, text, at, [], 'duplicate key')];
      return fail(location, problems.length > 0 ? problems : only, 'Keep one of them.');
    }
    const { message, hint } = inWords(error.reason);
    return fail(location, [problemAt(location, text, at, [], message)], hint);
  }
}

function inWords(reason: string): { message: string; hint: string } {
  if (reason.startsWith('unknown ') && reason.includes(' tag '))
    return {
      message: reason,
      hint: 'Remove the tag: only plain strings, numbers, true, false, null, lists and mappings are allowed.',
    };
  if (reason.startsWith('nesting exceeded'))
    return { message: `it is nested more than ${MAX_DEPTH} levels deep`, hint: 'Make it flatter.' };
  return { message: reason, hint: 'Check the indentation, the quotes and the brackets there and on the line before.' };
}

function fail(location: string, problems: readonly Problem[], hint: string): never {
  throw new InvalidDocument('INVALID_YAML', `Cannot read '${location}' as YAML:`, problems, hint);
}
