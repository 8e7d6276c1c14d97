import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE } from 'js-yaml';
import { type DuplicateKey, NO_CHILDREN, type Part } from '../source-document.ts';

/** What makes a document unacceptable, found in its events. */
export interface Refusal {
  /** An offset of the text. */
  readonly at: number;
  readonly message: string;
  readonly hint: string;
}

/** Where a node starts, its anchor or tag included; `undefined` for the empty ones, which stand nowhere. */
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

export function secondDocument(events: readonly Event[]): Refusal | undefined {
  const second = events.findIndex((event, index) => index > 0 && event.type === EVENT_ID.DOCUMENT);
  if (second === -1) return undefined;
  const offsets = events.map(offsetOf);
  const at = offsets.slice(second).find((offset) => offset !== undefined) ?? offsets.findLast((offset) => offset) ?? 0;
  return { at, message: 'a second document begins here, and one is allowed', hint: 'Remove what follows `---`.' };
}

interface YamlOutline {
  readonly root: Part;
  readonly duplicates: readonly DuplicateKey[];
}

/** Draws where everything stands. What an alias stands for has no children here: it is where the alias is. */
export function outlineYaml(events: readonly Event[], text: string): YamlOutline {
  return new Outliner(events, text).draw();
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

  draw(): YamlOutline {
    const first = this.#events[1];
    const root = this.#node((first && offsetOf(first)) ?? 0);
    return { root: { ...root, at: 0 }, duplicates: this.#duplicates };
  }

  #take(): Event | undefined {
    const event = this.#events[this.#next];
    this.#next += 1;
    return event;
  }

  /** The next node, with all that is in it. */
  #node(at: number): Part {
    const event = this.#take();
    if (event?.type === EVENT_ID.MAPPING) return { at, start: 0, end: 0, children: this.#pairs(at) };
    if (event?.type === EVENT_ID.SEQUENCE) return { at, start: 0, end: 0, children: this.#items(at) };
    const plain = event?.type === EVENT_ID.SCALAR && event.style === SCALAR_STYLE.PLAIN ? event : undefined;
    return { at, start: plain?.valueStart ?? 0, end: plain?.valueEnd ?? 0, children: NO_CHILDREN };
  }

  #pairs(parentAt: number): Map<string | number, Part> {
    const pairs = new Map<string | number, Part>();
    for (let key = this.#events[this.#next]; key && key.type !== EVENT_ID.POP; key = this.#events[this.#next]) {
      const at = offsetOf(key) ?? parentAt;
      this.#node(at);
      const name = key.type === EVENT_ID.SCALAR ? getScalarValue(this.#text, key) : undefined;
      this.#path.push(name ?? '');
      const part = this.#node(at);
      if (name !== undefined) this.#add(pairs, name, part);
      this.#path.pop();
    }
    this.#take();
    return pairs;
  }

  #add(pairs: Map<string | number, Part>, name: string, part: Part): void {
    const first = pairs.get(name);
    if (!first) pairs.set(name, part);
    else if (name !== '<<') this.#duplicates.push({ path: [...this.#path], at: part.at, firstAt: first.at });
  }

  #items(parentAt: number): Map<string | number, Part> {
    const items = new Map<string | number, Part>();
    for (let item = this.#events[this.#next]; item && item.type !== EVENT_ID.POP; item = this.#events[this.#next]) {
      this.#path.push(items.size);
      const part = this.#node(offsetOf(item) ?? parentAt);
      this.#path.pop();
      items.set(items.size, part);
    }
    this.#take();
    return items;
  }
}
