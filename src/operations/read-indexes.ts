import { fileURLToPath } from 'node:url';
import { InvalidDocument } from '../documents/problems.ts';
import { AttuneError, reasonOf } from '../errors.ts';
import { inspectTarget, readFile, TemporaryDirectory } from '../platform/files.ts';
import { withoutUserInfo } from '../platform/http.ts';
import { expandPath } from '../platform/paths.ts';
import { InvalidIndexUrl } from '../registry/index-content.ts';
import { locateIndex } from '../registry/locate-index.ts';
import type { LocatedIndex } from '../registry/located-index.ts';
import { download } from '../sources/download.ts';
import type { Runtime } from './runtime.ts';

type Tools = Pick<Runtime, 'config' | 'environment' | 'http' | 'reporter'>;

class IndexesNotFound extends AttuneError {
  constructor(names: readonly string[]) {
    super('NOT_FOUND_INDEX', ['These indexes do not exist:', ...names.map((name) => `  ${name}`)].join('\n'), {
      facts: { indexes: names },
      hint: 'Check the spelling of the paths, or go on without them with --skip-missing.',
    });
  }
}

/**
 * The indexes at paths and at http(s) and file URLs, in their order.
 * @param skipMissing files that are not there are a warning, as long as one is
 * @throws IndexesNotFound; InvalidDocument with the problems of all that are no indexes; what a download throws
 */
export async function readIndexes(
  names: readonly string[],
  skipMissing: boolean,
  runtime: Tools,
): Promise<LocatedIndex[]> {
  const { environment, reporter } = runtime;
  const missing = names.filter((name) => !isWeb(name) && inspectTarget(pathOf(name, environment)) === undefined);
  const present = names.filter((name) => !missing.includes(name));
  if (missing.length > 0 && (!skipMissing || present.length === 0)) throw new IndexesNotFound(missing);
  for (const name of missing) reporter.warn(`The index '${name}' does not exist and is left out.`);
  const indexes: LocatedIndex[] = [];
  const invalid: InvalidDocument[] = [];
  for (const name of present) {
    try {
      indexes.push(await readOne(name, runtime));
    } catch (error) {
      if (!(error instanceof InvalidDocument)) throw error;
      invalid.push(error);
    }
  }
  if (invalid.length > 0) throw together(invalid);
  return indexes;
}

async function readOne(name: string, runtime: Tools): Promise<LocatedIndex> {
  const { limits } = await runtime.config();
  const location = isWeb(name) ? withoutUserInfo(name) : name;
  runtime.reporter.step(`Reading ${location}`);
  const bytes = isWeb(name) ? await fetchBytes(name, runtime) : readFile(pathOf(name, runtime.environment));
  return locateIndex(bytes, location, limits, runtime.reporter);
}

async function fetchBytes(url: string, runtime: Tools): Promise<Uint8Array> {
  using temporary = new TemporaryDirectory();
  const { limits } = await runtime.config();
  const { file } = await download(url, {
    http: await runtime.http(),
    reporter: runtime.reporter,
    limits: { ...limits, archiveBytes: limits.indexBytes },
    mirrors: {},
    variables: {},
    scratch: temporary.path,
  });
  return readFile(file);
}

function isWeb(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

function pathOf(name: string, environment: Runtime['environment']): string {
  if (!/^file:\/\//i.test(name)) return expandPath(name, environment);
  try {
    return fileURLToPath(name);
  } catch (error) {
    throw new InvalidIndexUrl(name, reasonOf(error));
  }
}

function together(errors: readonly InvalidDocument[]): InvalidDocument {
  const [first] = errors as readonly [InvalidDocument];
  if (errors.length === 1) return first;
  const problems = errors.flatMap((error) => error.problems);
  return new InvalidDocument(
    'INVALID_INDEX',
    `${errors.length} of the indexes are not valid:`,
    problems,
    first.hint ?? '',
  );
}
