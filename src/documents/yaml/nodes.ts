/**
 * The nodes of a YAML document with the ranges of keys and values, for tools that report and edit single values. Values
 * are those of `readYaml`; the ranges come from the events of the same parser.
 */
import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { offsetOf } from './outline.ts';

/** A range of the text, in UTF-16 units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface YamlNode extends Span {
  readonly kind: 'mapping' | 'list' | 'scalar';
  readonly value: unknown;
  /** The range of the key, for values of mappings. */
  readonly key: Span | undefined;
  /** True for an unquoted scalar. */
  readonly plain: boolean;
  /** True if the value is written elsewhere: the range is that of the alias. */
  readonly aliased: boolean;
  /** True for a collection in brackets. */
  readonly flow: boolean;
  /** The values of a mapping by key, those of merge keys included. */
  readonly entries: ReadonlyMap<string, YamlNode>;
  /** The items of a list. */
  readonly items: readonly YamlNode[];
  /** The merge keys of a mapping. */
  readonly merges: readonly YamlNode[];
}

const NO_ENTRIES: ReadonlyMap<string, YamlNode> = new Map();
const NO_ITEMS: readonly YamlNode[] = [];

/** Returns the root node of a document. @param value the value that was built from the same events */
export function yamlNodes(events: readonly Event[], text: string, value: unknown): YamlNode {
  return new NodeBuilder(events, text).root(value);
}

class NodeBuilder {
  readonly #events: readonly Event[];
  readonly #text: string;
  readonly #anchors = new Map<string, YamlNode>();
  #next = 1;

  constructor(events: readonly Event[], text: string) {
    this.#events = events;
    this.#text = text;
  }

  root(value: unknown): YamlNode {
    return this.#node(value, undefined, 0);
  }

  /** Consumes the next node with its children. @param after an offset for nodes without text */
  #node(value: unknown, key: Span | undefined, after: number): YamlNode {
    const event = this.#events[this.#next];
    this.#next += 1;
    if (event?.type === EVENT_ID.ALIAS) return this.#alias(event, value, key);
    const node = this.#content(event, value, key, after);
    if (event && 'anchorStart' in event && event.anchorStart >= 0)
      this.#anchors.set(this.#text.slice(event.anchorStart, event.anchorEnd), node);
    return node;
  }

  #content(event: Event | undefined, value: unknown, key: Span | undefined, after: number): YamlNode {
    if (event?.type === EVENT_ID.MAPPING) return this.#mapping(event.start, event.style === FLOW, value, key);
    if (event?.type === EVENT_ID.SEQUENCE) return this.#list(event.start, event.style === FLOW, value, key);
    return { ...scalarSpan(event, this.#text, after), kind: 'scalar', value, key, ...LEAF, plain: isPlain(event) };
  }

  #alias(event: Extract<Event, { type: typeof EVENT_ID.ALIAS }>, value: unknown, key: Span | undefined): YamlNode {
    const target = this.#anchors.get(this.#text.slice(event.anchorStart, event.anchorEnd));
    const span = { start: event.anchorStart - 1, end: event.anchorEnd };
    const base = target ?? { ...span, kind: 'scalar' as const, ...LEAF };
    return { ...base, ...span, key, value, plain: false, aliased: true };
  }

  #mapping(start: number, flow: boolean, value: unknown, key: Span | undefined): YamlNode {
    const entries = new Map<string, YamlNode>();
    const merges: YamlNode[] = [];
    let end = start;
    for (let next = this.#events[this.#next]; next && next.type !== EVENT_ID.POP; next = this.#events[this.#next]) {
      const own = this.#node(undefined, undefined, end);
      const name = next.type === EVENT_ID.SCALAR ? getScalarValue(this.#text, next) : '';
      const child = this.#node(childOf(value, name), { start: own.start, end: own.end }, own.end + 1);
      if (name === '<<' && own.plain) merges.push(child);
      else if (!entries.has(name)) entries.set(name, child);
      end = Math.max(own.end, child.end);
    }
    this.#next += 1;
    for (const merge of merges) mergeEntries(entries, merge, value);
    const span = { start, end: flow ? this.#closing('}', end) : end };
    return { ...span, kind: 'mapping', value, key, ...LEAF, flow, entries, merges };
  }

  #list(start: number, flow: boolean, value: unknown, key: Span | undefined): YamlNode {
    const items: YamlNode[] = [];
    let end = start;
    for (let next = this.#events[this.#next]; next && next.type !== EVENT_ID.POP; next = this.#events[this.#next]) {
      const item = this.#node(childOf(value, items.length), undefined, end);
      items.push(item);
      end = item.end;
    }
    this.#next += 1;
    return { start, end: flow ? this.#closing(']', end) : end, kind: 'list', value, key, ...LEAF, flow, items };
  }

  #closing(bracket: string, from: number): number {
    const at = this.#text.indexOf(bracket, from);
    return at === -1 ? from : at + 1;
  }
}

const FLOW = 2;
const LEAF = { plain: false, aliased: false, flow: false, entries: NO_ENTRIES, items: NO_ITEMS, merges: NO_ITEMS };

function isPlain(event: Event | undefined): boolean {
  return event?.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN && event.valueStart >= 0;
}

function scalarSpan(event: Event | undefined, text: string, after: number): Span {
  if (event?.type !== EVENT_ID.SCALAR || event.valueStart < 0) return { start: after, end: after };
  const { style, valueStart: start, valueEnd: end } = event;
  if (style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED)
    return { start: start - 1, end: end + 1 };
  if (style === SCALAR_STYLE.PLAIN) return { start: offsetOf(event) ?? start, end };
  return { start, end: start + text.slice(start, end).trimEnd().length };
}

function childOf(value: unknown, key: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}

/** Adds the entries of a merge key that the mapping does not have itself. */
function mergeEntries(entries: Map<string, YamlNode>, merge: YamlNode, value: unknown): void {
  for (const source of merge.kind === 'list' ? merge.items : [merge]) {
    for (const [name, node] of source.entries) {
      if (entries.has(name)) continue;
      const { start, end } = source;
      entries.set(name, { ...node, value: childOf(value, name), start, end, key: { start, end }, aliased: true });
    }
  }
}
