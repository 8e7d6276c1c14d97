import { reasonOf } from '../../errors.ts';
import { InvalidDocument, type Problem } from '../problems.ts';
import { duplicateProblems, LazyDocument, problemAt, type SourceDocument } from '../source-document.ts';
import { decodeText } from '../text.ts';
import { JsonSyntaxError, outlineJson } from './outline.ts';

/** The same limit as for YAML, so that callers can traverse a value recursively. */
const MAX_JSON_DEPTH = 100;

/**
 * Parses a JSON document of any size. `JSON.parse` produces the value, but it silently keeps the last of several equal
 * keys and often reports no position. Members are therefore counted in the text as well, and a slower parser that tracks
 * positions runs only when something is wrong.
 * @param location the name of the file in messages
 * @throws InvalidDocument when it is not UTF-8, not JSON, has a key twice or is nested more than 100 levels deep
 */
export function readJson(bytes: Uint8Array, location: string): SourceDocument {
  const text = decodeText(bytes, location);
  const { members, depth } = measure(text);
  const value = depth > MAX_JSON_DEPTH ? throwJsonError(text, location, 'nested too deep') : parse(text, location);
  if (countMembers(value) !== members) throwJsonError(text, location, 'duplicate keys');
  return new LazyDocument(location, value, text, () => outlineJson(text, MAX_JSON_DEPTH).root);
}

function parse(text: string, location: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return throwJsonError(text, location, reasonOf(error));
  }
}

/** Counts the members of all objects and the nesting depth of a text. The result is exact for every valid JSON text. */
function measure(text: string): { members: number; depth: number } {
  let members = 0;
  let depth = 0;
  let deepest = 0;
  for (let offset = 0; offset < text.length; offset += 1) {
    const code = text.charCodeAt(offset);
    if (code === 0x22) offset = findStringEnd(text, offset);
    else if (code === 0x3a) members += 1;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, ++depth);
    else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return { members, depth: deepest };
}

/** Returns the offset of the closing quote of the string that begins at `start`, or the end of the text. */
function findStringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return quote;
  }
  return text.length;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countMembers(item);
    return count;
  }
  // Objects of JSON.parse inherit no enumerable member. Their own members are not copied into a list: there may be millions.
  for (const key in value) {
    const member: unknown = value[key as keyof typeof value];
    count += 1 + (typeof member === 'object' ? countMembers(member) : 0);
  }
  return count;
}

function throwJsonError(text: string, location: string, reason: string): never {
  const problems = findProblems(text, location, reason);
  const hint = 'Correct the file, or write it again with the program that created it.';
  throw new InvalidDocument('INVALID_JSON', `Cannot read '${location}' as JSON:`, problems, hint);
}

function findProblems(text: string, location: string, reason: string): readonly Problem[] {
  try {
    const { duplicates } = outlineJson(text, MAX_JSON_DEPTH);
    if (duplicates.length > 0) return duplicateProblems(location, text, duplicates);
  } catch (error) {
    if (error instanceof JsonSyntaxError) return [problemAt(location, text, error.offset, [], error.message)];
    throw error;
  }
  return [problemAt(location, text, 0, [], reason)];
}
