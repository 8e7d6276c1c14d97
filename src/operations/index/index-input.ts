import { AttuneError } from '../../errors.ts';
import { inputName, isStream, readStream } from '../../platform/files/input/stream.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { readIndexContent } from '../../registry/fetch/download-index.ts';
import { indexUrl } from '../../registry/fetch/index-location.ts';
import { IndexTooLarge } from '../../registry/index/read-index.ts';
import type { Runtime } from '../runtime.ts';

type Tools = Pick<Runtime, 'config' | 'environment' | 'http'>;

/** The content of an index that a user named on the command line. */
export interface IndexInput {
  readonly bytes: Uint8Array;
  /** The name in messages, without credentials. */
  readonly name: string;
  /** The URL that relative source URLs refer to. */
  readonly url: SafeUrl;
}

class InputRepeated extends AttuneError {
  constructor(name: string) {
    super('USAGE', `${name === 'standard input' ? 'Standard input' : `'${name}'`} is given more than once.`, {
      facts: { input: name },
      hint: 'A pipe can be read only once. Name it once, or write its content to a file.',
    });
  }
}

/**
 * Reads an index from a path, a URL, standard input (`-`) or a pipe.
 * @throws IndexTooLarge, InvalidIndexUrl, IndexNotServed, NetworkError, FileError
 */
export async function readIndexInput(input: string, reporter: Reporter, runtime: Tools): Promise<IndexInput> {
  if (isStream(input)) return readIndexStream(input, reporter, runtime);
  const { limits, registries } = await runtime.config();
  const { variables, workingDirectory } = runtime.environment;
  const name = `${new SafeUrl(input)}`;
  const url = indexInputUrl(input, runtime.environment);
  const tools = { http: await runtime.http(), reporter, limits, variables, workingDirectory };
  const { bytes } = await readIndexContent(url, {}, registries.mirrors, tools);
  return { bytes, name, url };
}

/** Returns the own URL of an index. @throws InvalidIndexUrl */
export function indexInputUrl(input: string, environment: Runtime['environment']): SafeUrl {
  const location = /^[a-z][a-z0-9+.-]*:\/\//i.test(input) ? input : expandPath(input, environment);
  return indexUrl(location, environment.workingDirectory);
}

/**
 * Reads the inputs that can be read only once.
 * @throws InputRepeated, IndexTooLarge, FileError
 */
export async function readIndexStreams(
  inputs: readonly string[],
  reporter: Reporter,
  runtime: Tools,
): Promise<ReadonlyMap<string, IndexInput>> {
  const streams = inputs.filter(isStream);
  const read = new Map<string, IndexInput>();
  for (const input of streams) {
    if (read.has(input)) throw new InputRepeated(inputName(input));
    read.set(input, await readIndexStream(input, reporter, runtime));
  }
  return read;
}

/** Reads a stream, whose relative source URLs refer to the working directory. */
async function readIndexStream(input: string, reporter: Reporter, runtime: Tools): Promise<IndexInput> {
  const { limits } = await runtime.config();
  const name = inputName(input);
  reporter.step(`Reading ${name}`);
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readStream(input)) {
    size += chunk.length;
    if (size > limits.indexBytes) throw new IndexTooLarge(name, limits.indexBytes);
    chunks.push(chunk);
  }
  return { bytes: Buffer.concat(chunks), name, url: indexUrl('-', runtime.environment.workingDirectory) };
}
