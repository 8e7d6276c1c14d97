import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { type DuplicateKey, NO_CHILDREN, type OutlineNode } from '../source-document.ts';

/** A reason to reject a document, found in its parser events. */
export interface Violation {
  /** An offset of the text. */
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

/** Returns where a node starts, its anchor or tag included; `undefined` for empty nodes, which have no location. */
export function offsetOf(event: Event): number | undefined {
  const candidates: number[] = [];
  if ('tagStart' in event) candidates.push(event.tagStart);
  if ('anchorStart' in event && event.anchorStart >= 0) candidates.push(event.anchorStart - 1);
  if ('start' in event) candidates.push(event.start);
  if ('valueStart' in event && event.valueStart >= 0) candidates.push(event.valueStart - (isQuoted(event) ? 1 : 0));
  const known = candidates.filter((offset) => offset >= 0);
  return known.length > 0 ? Math.min(...known) : undefined;
}

function isQuoted({ style }: { style: number }): boolean {
  return style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED;
}

/** Reports the start of a second document in the same file. */
export function findSecondDocument(events: readonly Event[]): Violation | undefined {
  const second = events.findIndex((event, index) => index > 0 && event.type === EVENT_ID.DOCUMENT);
  if (second === -1) return undefined;
  const offsets = events.map(offsetOf);
  const offset = offsets.slice(second).find((start) => start !== undefined) ?? offsets.findLast((start) => start) ?? 0;
  const message = 'a second document begins here, and only one is allowed';
  return { offset, message, hint: 'Remove everything after `---`.' };
}

interface YamlOutline {
  readonly root: OutlineNode;
  readonly duplicates: readonly DuplicateKey[];
}

/** Locates every value of a document. The value of an alias has no children: it is located at the alias. */
export function outlineYaml(events: readonly Event[], text: string): YamlOutline {
  return new Outliner(events, text).outline();
}

class Outliner {
  readonly #events: readonly Event[];
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  readonly #duplicates: DuplicateKey[] = [];
  #next = 1;

  constructor(events: readonly Event[], text: string) {
    this.#events = events;
    this.#text = text;
  }

  outline(): YamlOutline {
    const first = this.#events[1];
    const root = this.#node((first && offsetOf(first)) ?? 0);
    return { root: { ...root, offset: 0 }, duplicates: this.#duplicates };
  }

  #take(): Event | undefined {
    const event = this.#events[this.#next];
    this.#next += 1;
    return event;
  }

  /** Consumes the next node with its children. @param offset where the node or its key starts */
  #node(offset: number): OutlineNode {
    const event = this.#take();
    if (event?.type === EVENT_ID.MAPPING) return { offset, start: 0, end: 0, children: this.#pairs(offset) };
    if (event?.type === EVENT_ID.SEQUENCE) return { offset, start: 0, end: 0, children: this.#items(offset) };
    const plain = event?.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN ? event : undefined;
    return { offset, start: plain?.valueStart ?? 0, end: plain?.valueEnd ?? 0, children: NO_CHILDREN };
  }

  #pairs(parentOffset: number): Map<string | number, OutlineNode> {
    const pairs = new Map<string | number, OutlineNode>();
    for (let key = this.#events[this.#next]; key && key.type !== EVENT_ID.POP; key = this.#events[this.#next]) {
      const offset = offsetOf(key) ?? parentOffset;
      this.#node(offset);
      const name = key.type === EVENT_ID.SCALAR ? getScalarValue(this.#text, key) : undefined;
      this.#path.push(name ?? '');
      const node = this.#node(offset);
      if (name !== undefined) this.#add(pairs, name, node);
      this.#path.pop();
    }
    this.#take();
    return pairs;
  }

  #add(pairs: Map<string | number, OutlineNode>, name: string, node: OutlineNode): void {
    const first = pairs.get(name);
    if (!first) pairs.set(name, node);
    else if (name !== '<<') {
      this.#duplicates.push({ path: [...this.#path], offset: node.offset, firstOffset: first.offset });
    }
  }

  #items(parentOffset: number): Map<string | number, OutlineNode> {
    const items = new Map<string | number, OutlineNode>();
    for (let item = this.#events[this.#next]; item && item.type !== EVENT_ID.POP; item = this.#events[this.#next]) {
      this.#path.push(items.size);
      const node = this.#node(offsetOf(item) ?? parentOffset);
      this.#path.pop();
      items.set(items.size, node);
    }
    this.#take();
    return items;
  }
}
