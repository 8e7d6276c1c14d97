import { CORE_SCHEMA, constructFromEvents, type Event, mergeTag, parseEvents, YAMLException } from 'js-yaml';
import { reasonOf } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { InvalidDocument, type Problem } from '../problems.ts';
import { duplicateProblems, LazyDocument, pathAt, problemAt, type SourceDocument } from '../source-document.ts';
import { decodeText, throwIfTooLarge } from '../text.ts';
import { findAliasBomb } from './aliases.ts';
import { type YamlNode, yamlNodes } from './nodes.ts';
import { findSecondDocument, outlineYaml, type Violation } from './outline.ts';

/** YAML 1.2's core types and `<<`: no types that run code, and no implicit dates. */
const SCHEMA = CORE_SCHEMA.withTags(mergeTag);
const MAX_DEPTH = 100;

/**
 * Parses one YAML document; an empty file has the value `null`.
 *
 * The parser's events are retained, because they hold the location of every value. Values are built from them only after
 * the aliases have been measured, since building is the expensive part of an anchor bomb.
 * @param location the name of the file in messages
 * @throws InvalidDocument when the file is too large, not UTF-8, not YAML, or rejected by section 2 or 9 of the contract
 */
export function readYaml(bytes: Uint8Array, location: string, limits: Limits): SourceDocument {
  return readYamlTree(bytes, location, limits).document;
}

/** A document with its text and, on request, the nodes that locate keys and values in it. */
export interface YamlTree {
  readonly document: SourceDocument;
  /** Without a byte order mark. */
  readonly text: string;
  root(): YamlNode;
}

/** Like `readYaml`, but gives access to the ranges of keys and values. @throws the errors of `readYaml` */
export function readYamlTree(bytes: Uint8Array, location: string, limits: Limits): YamlTree {
  throwIfTooLarge(bytes.byteLength, location, limits.yamlBytes);
  const text = decodeText(bytes, location);
  const events = attempt(location, text, () => parseEvents(text, { maxDepth: MAX_DEPTH }));
  rejectViolation(findSecondDocument(events), location, text, []);
  rejectViolation(findAliasBomb(events, text, limits), location, text, events);
  const value = attempt(location, text, () => construct(events, text), events);
  const document = new LazyDocument(location, value ?? null, text, () => outlineYaml(events, text).root);
  return { document, text, root: () => yamlNodes(events, text, value ?? null) };
}

/** Throws a violation as a problem. @param events of the document, to name the field; empty if no field can be named */
function rejectViolation(
  violation: Violation | undefined,
  location: string,
  text: string,
  events: readonly Event[],
): void {
  if (!violation) return;
  const field = pathAt(outlineYaml(events, text).root, violation.offset);
  fail(location, [problemAt(location, text, violation.offset, field, violation.message)], violation.hint);
}

function construct(events: Event[], text: string): unknown {
  return constructFromEvents(events, { source: text, schema: SCHEMA })[0];
}

function attempt<T>(location: string, text: string, call: () => T, events: readonly Event[] = []): T {
  try {
    return call();
  } catch (error) {
    // Any other exception of the parser is caused by the file as well, so it is reported as a problem of the file.
    const { reason, offset } =
      error instanceof YAMLException
        ? { reason: error.reason, offset: error.mark?.position ?? 0 }
        : { reason: reasonOf(error), offset: 0 };
    const { root, duplicates } = outlineYaml(events, text);
    const { message, hint } = explainReason(reason);
    // Only the parser knows that keys with different spellings are equal (`1` and `0x1`).
    const problems = reason === DUPLICATE ? duplicateProblems(location, text, duplicates) : [];
    return fail(
      location,
      problems.length > 0 ? problems : [problemAt(location, text, offset, pathAt(root, offset), message)],
      hint,
    );
  }
}

const DUPLICATE = 'duplicated mapping key';

/** Translates a reason of the parser into a message and a hint. */
function explainReason(reason: string): { message: string; hint: string } {
  if (reason.startsWith('unknown ') && reason.includes(' tag '))
    return {
      message: reason,
      hint: 'Remove the tag: only plain strings, numbers, true, false, null, lists and mappings are allowed.',
    };
  if (reason.startsWith('nesting exceeded'))
    return { message: `it is nested more than ${MAX_DEPTH} levels deep`, hint: 'Reduce the nesting.' };
  if (reason === DUPLICATE) return { message: 'duplicate key', hint: 'Keep one of them.' };
  return { message: reason, hint: 'Check the indentation, quotes and brackets on that line and the line before.' };
}

function fail(location: string, problems: readonly Problem[], hint: string): never {
  throw new InvalidDocument('INVALID_YAML', `Cannot read '${location}' as YAML:`, problems, hint);
}
