/**
 * Confines a pack's tests with resource limits, without a network and without the files of the user (`isolation/`), in
 * addition to a separate process group. No privileges are needed. Each mechanism is probed once before the first test, and only limits that the
 * probe observed are reported, because a system may accept a limit without enforcing it.
 */
import { AttuneError } from '../../errors.ts';
import type { TestConfinement } from '../../packs/test-report.ts';
import type { Confinement } from '../test-run.ts';
import { type EffectiveLimits, effectiveLimits, NO_LIMITS, type ObservedLimits } from './limits.ts';
import { availableMechanisms } from './mechanisms.ts';
import { probe } from './probe.ts';
import type { ConfinementRequest, ConfinementTools } from './types.ts';

/** The tests must be isolated, and this system cannot do it. */
export class SandboxUnavailable extends AttuneError {
  /** The mechanisms that were tried and why they failed, one line each. */
  readonly attempts: readonly string[];
  /** No mechanism exists for this system. */
  readonly isUnsupported: boolean;

  constructor(attempts: readonly string[]) {
    const reasons = attempts.length > 0 ? attempts : ['the system is not Linux'];
    super(
      'DEPENDENCY_SANDBOX',
      ['The tests cannot be isolated on this system:', ...reasons.map((line) => `  ${line}`)].join('\n'),
      {
        facts: { tried: attempts },
        hint: "Install bubblewrap (Debian, Ubuntu, Fedora: the package 'bubblewrap'), allow users to create namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or do not require the sandbox.",
      },
    );
    this.attempts = reasons;
    this.isUnsupported = attempts.length === 0;
  }
}

/** A confinement together with what it restricts. */
export interface EstablishedConfinement {
  readonly confinement: Confinement;
  readonly report: TestConfinement;
}

/**
 * Establishes a confinement that this system offers. A limit that cannot be set is a warning, or for isolated tests a note
 * in the report. A network or files that stay accessible are an error, because the user wanted to deny them to the tests.
 * @throws SandboxUnavailable
 */
export async function confine(request: ConfinementRequest, tools: ConfinementTools): Promise<EstablishedConfinement> {
  const attempts: string[] = [];
  const mechanisms = availableMechanisms(request, tools);
  for (const mechanism of mechanisms) {
    const observed = await probe(mechanism, tools, request.files?.samples);
    const problem = 'problem' in observed ? observed.problem : unmetRequirement(request, observed);
    if ('problem' in observed || problem !== undefined) {
      attempts.push(`${mechanism.name}: ${problem}`);
      continue;
    }
    const limits = effectiveLimits(request.limits, observed, mechanism.limits);
    const notes = missingLimits(request, limits, tools);
    const files = request.files ? 'isolated' : 'open';
    return {
      confinement: mechanism,
      report: { by: mechanism.name, network: observed.network, files, ...limits, notes },
    };
  }
  if (request.sandbox || request.files) throw new SandboxUnavailable(withMissing(attempts, mechanisms, tools));
  const notes = missingLimits(request, NO_LIMITS, tools);
  return {
    confinement: UNCONFINED,
    report: { by: 'nothing', network: 'open', files: 'open', ...NO_LIMITS, notes },
  };
}

const UNCONFINED: Confinement = { confine: (request) => request };

function unmetRequirement(request: ConfinementRequest, { network, visible }: ObservedLimits): string | undefined {
  if (request.sandbox && network === 'open') return 'the network was still available';
  return visible.length > 0 ? `files that should be hidden were visible, such as ${visible[0]}` : undefined;
}

const PROGRAMS = { bubblewrap: 'bwrap', namespaces: 'unshare' } as const;

/** Adds the mechanisms whose programs are not installed. */
function withMissing(
  attempts: readonly string[],
  mechanisms: readonly { readonly name: TestConfinement['by'] }[],
  { system }: ConfinementTools,
): string[] {
  if (system.platform !== 'linux') return [...attempts];
  const names = new Set(mechanisms.map(({ name }) => name));
  const missing = (['bubblewrap', 'namespaces'] as const).filter((name) => !names.has(name));
  return [...attempts, ...missing.map((name) => `${name}: the program '${PROGRAMS[name]}' is not installed`)];
}

/** Returns a note about the limits that are not in effect. Where isolation was not requested, it is a warning too. */
function missingLimits(request: ConfinementRequest, effective: EffectiveLimits, tools: ConfinementTools): string[] {
  if (request.limits === undefined) return [];
  const missing = Object.entries(effective).flatMap(([name, value]) => (value === null ? [name] : []));
  if (missing.length === 0) return [];
  const sentence = `The tests run without these limits, which cannot be set on this system: ${missing.join(', ')}.`;
  if (request.quiet !== true) tools.reporter.warn(sentence);
  const isRoot = tools.system.user?.uid === 0 && missing.includes('processes');
  return [sentence, ...(isRoot ? ['The system does not limit the number of processes of root.'] : [])];
}
