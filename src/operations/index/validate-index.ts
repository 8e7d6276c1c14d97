import { reasonOf } from '../../errors.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { Profile } from '../../registry/index/codes.ts';
import type { Diagnostic } from '../../registry/validation/diagnostic.ts';
import type { RequirementGrammar } from '../../registry/validation/rules/requirements.ts';
import { validateIndex } from '../../registry/validation/validate-index.ts';
import { parseConstraint } from '../../resolver/constraint.ts';
import { parseRuntime } from '../../resolver/runtimes/check-runtimes.ts';
import type { Runtime } from '../runtime.ts';
import { type CheckedSources, checkSources } from './check-sources.ts';
import { readIndexInput } from './index-input.ts';

export interface ValidationRequest {
  /** A path, a URL, standard input (`-`) or a pipe. */
  readonly index: string;
  readonly profile: Profile;
  /** Also download every source, `jobs` at a time. */
  readonly checkSources: boolean;
  readonly jobs: number;
}

/** The JSON document of `pack index-validate` (SPEC section 7). */
export interface ValidationReport {
  readonly valid: boolean;
  /** The path or URL, without credentials, or `standard input`. */
  readonly index: string;
  readonly profile: Profile;
  readonly packs: number;
  readonly errors: number;
  readonly warnings: number;
  /** The result of checking the sources, if requested. */
  readonly sources?: CheckedSources['tally'];
  /** In file order. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Validates an index and, if requested, the content of its sources.
 * @throws if the index itself cannot be read: FileError, NetworkError, IndexNotServed, IndexTooLarge
 */
export async function validateIndexFile(request: ValidationRequest, runtime: Runtime): Promise<ValidationReport> {
  const { limits } = await runtime.config();
  if (/^https?:\/\//i.test(request.index)) runtime.reporter.step(`Reading ${new SafeUrl(request.index)}`);
  const { bytes, name: index, url: base } = await readIndexInput(request.index, runtime.reporter, runtime);
  const rules = { profile: request.profile, limits, grammar: GRAMMAR, remote: base.isWeb };
  const inspected = validateIndex(bytes, index, rules);
  const checked = request.checkSources
    ? await checkSources(inspected.sources, { index, base }, request.jobs, runtime)
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

/** The resolver's grammars, passed in because `registry/` must not import `resolver/`. */
const GRAMMAR: RequirementGrammar = {
  runtime: (text) => errorReason(() => parseRuntime(text)),
  constraint: (text) => errorReason(() => parseConstraint(text)),
};

function errorReason(parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}
