import { randomUUID } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import type { PlannedSuite } from '../../testing/plan.ts';
import type { TestObserver } from '../../testing/run-tests.ts';

export interface LiveOutputPlace {
  write(text: string): void;
  /** Lines that begin with `::` are orders to the machine that reads this. */
  readonly githubActions: boolean;
}

/** A line without an end is shown in pieces of this length, in UTF-16 units. */
const LONGEST_LINE = 16 * 1024;

/**
 * What the suites print, as they print it. Where several run, whole lines only, each with the name of its suite: pieces
 * of two lines on one say nothing. On a GitHub Actions runner the machine is told to take no orders meanwhile
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions#stopping-and-starting-workflow-commands).
 */
export class LiveOutput implements TestObserver, Disposable {
  readonly #place: LiveOutputPlace;
  readonly #streams = new Map<PlannedSuite, Record<'stdout' | 'stderr', Stream>>();
  #prefixed = false;
  #stopWord: string | undefined;

  constructor(place: LiveOutputPlace) {
    this.#place = place;
  }

  planned(suites: readonly PlannedSuite[]): void {
    this.#prefixed = suites.length > 1;
    if (!this.#place.githubActions || this.#stopWord !== undefined) return;
    this.#stopWord = randomUUID();
    this.#place.write(`::stop-commands::${this.#stopWord}\n`);
  }

  printed(suite: PlannedSuite, chunk: Uint8Array, stream: 'stdout' | 'stderr'): void {
    const streams = this.#streams.get(suite) ?? { stdout: new Stream(), stderr: new Stream() };
    this.#streams.set(suite, streams);
    this.#show(suite, streams[stream].add(chunk, this.#prefixed));
  }

  ended(suite: PlannedSuite): void {
    const streams = this.#streams.get(suite);
    if (streams === undefined) return;
    for (const stream of [streams.stdout, streams.stderr]) this.#show(suite, stream.end(this.#prefixed));
    this.#streams.delete(suite);
  }

  /** After it nothing is shown any more, and orders are taken again. */
  [Symbol.dispose](): void {
    if (this.#stopWord !== undefined) this.#place.write(`::${this.#stopWord}::\n`);
    this.#stopWord = undefined;
  }

  #show({ name }: PlannedSuite, text: string): void {
    if (text === '') return;
    const prefix = `${name.replace(/\s+/g, ' ')} | `;
    const prefixed = () =>
      text
        .slice(0, -1)
        .split('\n')
        .map((line) => `${prefix}${line}\n`);
    this.#place.write(this.#prefixed ? prefixed().join('') : text);
  }
}

/** One stream of one suite: characters are never cut in two, and lines are not where whole ones are wanted. */
class Stream {
  readonly #decoder = new StringDecoder('utf8');
  #held = '';

  add(chunk: Uint8Array, wholeLines: boolean): string {
    const text = this.#held + this.#decoder.write(Buffer.from(chunk));
    const end = wholeLines ? text.lastIndexOf('\n') + 1 : text.length;
    this.#held = text.slice(end);
    if (this.#held.length < LONGEST_LINE) return text.slice(0, end);
    this.#held = '';
    return `${text}\n`;
  }

  end(wholeLines: boolean): string {
    const rest = this.#held + this.#decoder.end();
    this.#held = '';
    return wholeLines && rest !== '' ? `${rest}\n` : rest;
  }
}
