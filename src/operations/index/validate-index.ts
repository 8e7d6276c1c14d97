import { reasonOf } from '../../errors.ts';
import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { readIndexContent } from '../../registry/fetch/download-index.ts';
import { indexUrl } from '../../registry/fetch/index-location.ts';
import type { Profile } from '../../registry/index/codes.ts';
import type { Diagnostic } from '../../registry/validation/diagnostic.ts';
import type { NeedsGrammar } from '../../registry/validation/rules/needs.ts';
import { validateIndex } from '../../registry/validation/validate-index.ts';
import { parseConstraint } from '../../resolver/constraint.ts';
import { parseRuntime } from '../../resolver/runtimes/check-runtimes.ts';
import type { Runtime } from '../runtime.ts';
import { type CheckedSources, checkSources } from './check-sources.ts';

export interface ValidationRequest {
  /** A path or a URL. */
  readonly index: string;
  readonly profile: Profile;
  /** Also fetch every source, this many at a time. */
  readonly checkSources: boolean;
  readonly jobs: number;
}

/** As the contract prints it (SPEC section 7). */
export interface ValidationReport {
  readonly valid: boolean;
  /** The path or URL, without user info. */
  readonly index: string;
  readonly profile: Profile;
  readonly packs: number;
  readonly errors: number;
  readonly warnings: number;
  /** What became of the sources, if they were checked. */
  readonly sources?: CheckedSources['tally'];
  /** In the order of the file. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * All that is wrong with an index, and with the content that it leads to if that is asked for.
 * @throws what keeps the index from being had at all: FileFault, NetworkFault, IndexNotServed, IndexTooLarge
 */
export async function validateIndexFile(request: ValidationRequest, runtime: Runtime): Promise<ValidationReport> {
  const { limits, registries } = await runtime.config();
  const { reporter, environment } = runtime;
  const { variables, workingDirectory } = environment;
  const remote = /^[a-z][a-z0-9+.-]*:\/\//i.test(request.index);
  const place = remote ? request.index : expandPath(request.index, environment);
  const tools = { http: await runtime.http(), reporter, limits, variables, workingDirectory };
  const own = indexUrl(place, workingDirectory);
  const index = `${new SafeUrl(request.index)}`;
  if (remote) reporter.step(`Reading ${index}`);
  const { bytes } = await readIndexContent(own, {}, registries.mirrors, tools);
  const inspected = validateIndex(bytes, index, { profile: request.profile, limits, grammar: GRAMMAR });
  const checked = request.checkSources
    ? await checkSources(inspected.sources, { index, base: own }, request.jobs, runtime)
    : undefined;
  const diagnostics = inspected.diagnostics(checked?.findings);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  return {
    valid: errors === 0,
    index,
    profile: request.profile,
    packs: inspected.entries,
    errors,
    warnings: diagnostics.length - errors,
    ...(checked && { sources: checked.tally }),
    diagnostics,
  };
}

/** The grammars are the resolver's, which the registry does not know. */
const GRAMMAR: NeedsGrammar = {
  runtime: (text) => refusalOf(() => parseRuntime(text)),
  constraint: (text) => refusalOf(() => parseConstraint(text)),
};

function refusalOf(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
