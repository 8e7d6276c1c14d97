import { InvalidDocument } from '../../documents/problems.ts';
import { AttuneError } from '../../errors.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { localPathOf } from '../../registry/fetch/index-location.ts';
import { locateIndex } from '../../registry/index/positions/locate-index.ts';
import type { LocatedIndex } from '../../registry/index/positions/located-index.ts';
import type { Runtime } from '../runtime.ts';
import { type IndexInput, indexInputUrl, readIndexInput } from './index-input.ts';

type Tools = Pick<Runtime, 'config' | 'environment' | 'http'>;

interface Inputs {
  /** Paths, http(s) and file URLs, standard input (`-`) or pipes. */
  readonly inputs: readonly string[];
  /** Report missing files as warnings, provided that at least one input exists. */
  readonly skipMissing: boolean;
}

export interface ReadIndex {
  readonly index: LocatedIndex;
  /** Its own URL, which its relative source URLs refer to. */
  readonly url: SafeUrl;
}

class IndexesNotFound extends AttuneError {
  constructor(names: readonly string[]) {
    super('NOT_FOUND_INDEX', ['Index files not found:', ...names.map((name) => `  ${name}`)].join('\n'), {
      facts: { indexes: names },
      hint: 'Check the spelling of the paths, or continue without them with --skip-missing.',
    });
  }
}

/**
 * Reads indexes in the given order.
 * @param streams the content of the inputs that can be read only once (`readIndexStreams`)
 * @throws IndexesNotFound; InvalidDocument with the problems of all invalid indexes; the errors of a download
 */
export async function readIndexes(
  { inputs, skipMissing }: Inputs,
  streams: ReadonlyMap<string, IndexInput>,
  reporter: Reporter,
  runtime: Tools,
): Promise<ReadIndex[]> {
  const { environment } = runtime;
  const isMissing = (name: string) => inspectTarget(localPathOf(indexInputUrl(name, environment))) === undefined;
  const missing = inputs.filter((name) => !streams.has(name) && !isWeb(name) && isMissing(name));
  const present = inputs.filter((name) => !missing.includes(name));
  if (missing.length > 0 && (!skipMissing || present.length === 0)) throw new IndexesNotFound(missing);
  for (const name of missing) reporter.warn(`The index '${name}' does not exist and is skipped.`);
  const indexes: ReadIndex[] = [];
  const invalid: InvalidDocument[] = [];
  for (const name of present) {
    try {
      if (!streams.has(name)) reporter.step(`Reading ${new SafeUrl(name)}`);
      const input = streams.get(name) ?? (await readIndexInput(name, reporter, runtime));
      indexes.push(await readOne(input, reporter, runtime));
    } catch (error) {
      if (!(error instanceof InvalidDocument)) throw error;
      invalid.push(error);
    }
  }
  if (invalid.length > 0) throw combineErrors(invalid);
  return indexes;
}

async function readOne(input: IndexInput, reporter: Reporter, runtime: Tools): Promise<ReadIndex> {
  const { limits } = await runtime.config();
  const { bytes, name, url } = input;
  return { index: locateIndex(bytes, name, limits, reporter, { remote: url.isWeb }), url };
}

function isWeb(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

function combineErrors(errors: readonly InvalidDocument[]): InvalidDocument {
  const [first] = errors as readonly [InvalidDocument];
  if (errors.length === 1) return first;
  const problems = errors.flatMap((error) => error.problems);
  return new InvalidDocument('INVALID_INDEX', `${errors.length} indexes are invalid:`, problems, first.hint ?? '');
}
