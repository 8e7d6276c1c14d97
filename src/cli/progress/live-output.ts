import { randomUUID } from 'node:crypto';
import { StringDecoder } from 'node:string_decoder';
import type { PlannedSuite } from '../../testing/plan.ts';
import type { TestObserver } from '../../testing/test-run.ts';

export interface LiveOutputTarget {
  write(text: string): void;
  /** True if a GitHub Actions runner reads the output and executes lines that begin with `::`. */
  readonly githubActions: boolean;
}

/** The longest unfinished line that is buffered, in UTF-16 units. */
const MAX_LINE_LENGTH = 16 * 1024;

/** Returns the live output of `pack test --verbose`; `undefined` without that flag or if the result is a document. */
export function liveOutputFor(
  {
    verbose,
    json,
    yaml,
    format,
  }: Readonly<{ verbose: boolean; json: boolean; yaml: boolean; format: string | undefined }>,
  variables: Readonly<Record<string, string | undefined>>,
  write: (text: string) => void,
): LiveOutput | undefined {
  const isText = !json && !yaml && (format ?? 'table') === 'table';
  if (!verbose || !isText) return undefined;
  return new LiveOutput({ write, githubActions: variables['GITHUB_ACTIONS'] === 'true' });
}

/**
 * Writes the output of test suites while they run. If there are several suites, it writes whole lines, each with the name
 * of its suite. On a GitHub Actions runner, it disables workflow commands until it is disposed of
 * (https://docs.github.com/actions/reference/workflow-commands-for-github-actions#stopping-and-starting-workflow-commands).
 */
export class LiveOutput implements TestObserver, Disposable {
  readonly #target: LiveOutputTarget;
  readonly #streams = new Map<PlannedSuite, Record<'stdout' | 'stderr', LineBuffer>>();
  #prefixed = false;
  #resumeToken: string | undefined;

  constructor(target: LiveOutputTarget) {
    this.#target = target;
  }

  planned(suites: readonly PlannedSuite[]): void {
    this.#prefixed = suites.length > 1;
    if (!this.#target.githubActions || this.#resumeToken !== undefined) return;
    this.#resumeToken = randomUUID();
    this.#target.write(`::stop-commands::${this.#resumeToken}\n`);
  }

  printed(suite: PlannedSuite, chunk: Uint8Array, stream: 'stdout' | 'stderr'): void {
    const streams = this.#streams.get(suite) ?? { stdout: new LineBuffer(), stderr: new LineBuffer() };
    this.#streams.set(suite, streams);
    this.#write(suite, streams[stream].add(chunk, this.#prefixed));
  }

  ended(suite: PlannedSuite): void {
    const streams = this.#streams.get(suite);
    if (streams === undefined) return;
    for (const stream of [streams.stdout, streams.stderr]) this.#write(suite, stream.end(this.#prefixed));
    this.#streams.delete(suite);
  }

  /** Enables workflow commands again. */
  [Symbol.dispose](): void {
    if (this.#resumeToken !== undefined) this.#target.write(`::${this.#resumeToken}::\n`);
    this.#resumeToken = undefined;
  }

  #write({ name }: PlannedSuite, text: string): void {
    if (text === '') return;
    const prefix = `${name.replace(/\s+/g, ' ')} | `;
    const prefixed = () =>
      text
        .slice(0, -1)
        .split('\n')
        .map((line) => `${prefix}${line}\n`);
    this.#target.write(this.#prefixed ? prefixed().join('') : text);
  }
}

/** Decodes one output stream of one suite, never splits a character, and on request returns only whole lines. */
class LineBuffer {
  readonly #decoder = new StringDecoder('utf8');
  #pending = '';

  add(chunk: Uint8Array, wholeLines: boolean): string {
    const text = this.#pending + this.#decoder.write(Buffer.from(chunk));
    const end = wholeLines ? text.lastIndexOf('\n') + 1 : text.length;
    this.#pending = text.slice(end);
    if (this.#pending.length < MAX_LINE_LENGTH) return text.slice(0, end);
    this.#pending = '';
    return `${text}\n`;
  }

  end(wholeLines: boolean): string {
    const rest = this.#pending + this.#decoder.end();
    this.#pending = '';
    return wholeLines && rest !== '' ? `${rest}\n` : rest;
  }
}
