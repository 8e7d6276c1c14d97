import { reasonOf } from '../../errors.ts';
import { InvalidDocument, type Problem } from '../problems.ts';
import { duplicateProblems, OutlinedDocument, problemAt, type SourceDocument } from '../source-document.ts';
import { decodeText } from '../text.ts';
import { JsonFault, outlineJson } from './outline.ts';

/** As deep as YAML may be: what walks over the value may then recurse. */
const MAX_JSON_DEPTH = 100;

/**
 * Reads a JSON document of any size. `JSON.parse` makes the value; it keeps the last of several equal keys without a
 * word and often does not say where a text is wrong, so the members of the text are counted as well, and a slower
 * reader that knows every place looks again only when something is wrong.
 * @param location what messages call the file
 * @throws InvalidDocument when it is not UTF-8, not JSON, has a key twice or is nested more than 100 levels deep
 */
export function readJson(bytes: Uint8Array, location: string): SourceDocument {
  const text = decodeText(bytes, location);
  const { members, depth } = survey(text);
  const value = depth > MAX_JSON_DEPTH ? explain(text, location, 'nested too deep') : parse(text, location);
  if (countMembers(value) !== members) explain(text, location, 'duplicate keys');
  return new OutlinedDocument(location, value, text, () => outlineJson(text, MAX_JSON_DEPTH).root);
}

function parse(text: string, location: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return explain(text, location, reasonOf(error));
  }
}

/** How many members the objects of a text have in all, and how deep it is nested; right for every text that is JSON. */
function survey(text: string): { members: number; depth: number } {
  let members = 0;
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = stringEnd(text, at);
    else if (code === 0x3a) members += 1;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return { members, depth: deepest };
}

/** Where the string that begins at `start` has its closing quote, or the end of the text. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return quote;
  }
  return text.length;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value).reduce<number>((sum, member) => sum + countMembers(member), 0);
  return Array.isArray(value) ? inside : inside + Object.keys(value).length;
}

function explain(text: string, location: string, reason: string): never {
  fail(location, findProblems(text, location, reason));
}

function findProblems(text: string, location: string, reason: string): readonly Problem[] {
  try {
    const { duplicates } = outlineJson(text, MAX_JSON_DEPTH);
    if (duplicates.length > 0) return duplicateProblems(location, text, duplicates);
  } catch (error) {
    if (error instanceof JsonFault) return [problemAt(location, text, error.at, [], error.message)];
    throw error;
  }
  return [problemAt(location, text, 0, [], reason)];
}

function fail(location: string, problems: readonly Problem[]): never {
  const hint = 'Correct it there, or write the file anew with the program that made it.';
  throw new InvalidDocument('INVALID_JSON', `Cannot read '${location}' as JSON:`, problems, hint);
}
