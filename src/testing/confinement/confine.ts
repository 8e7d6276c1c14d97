/**
 * Confines a pack's tests with resource limits (`--limits`) and without a network (`--sandbox`), in addition to a separate
 * process group. No privileges are needed. Each mechanism is probed once before the first test, and only limits that the
 * probe observed are reported, because a system may accept a limit without enforcing it.
 */
import { AttuneError } from '../../errors.ts';
import type { TestConfinement } from '../../packs/test-report.ts';
import type { Confinement } from '../test-run.ts';
import { type EffectiveLimits, effectiveLimits, NO_LIMITS, type ResourceLimits } from './limits.ts';
import { availableMechanisms } from './mechanisms.ts';
import { probe } from './probe.ts';
import type { ConfinementRequest, ConfinementTools } from './types.ts';

/** `--sandbox` on a system that cannot run tests without a network. */
export class SandboxUnavailable extends AttuneError {
  /** @param attempts the mechanisms that were tried and why they failed, one line each */
  constructor(attempts: readonly string[]) {
    const lines = attempts.length > 0 ? attempts.map((line) => `  ${line}`) : ['  the system is not Linux'];
    super('DEPENDENCY_SANDBOX', ['The tests cannot be run without a network on this system:', ...lines].join('\n'), {
      facts: { tried: attempts },
      hint: "Install bubblewrap (Debian, Ubuntu, Fedora: the package 'bubblewrap'), allow users to create namespaces (sysctl kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0), or omit --sandbox.",
    });
  }
}

/** A confinement together with what it restricts. */
export interface EstablishedConfinement {
  readonly confinement: Confinement;
  readonly report: TestConfinement;
}

/**
 * Establishes the strongest confinement that this system offers. A limit that cannot be set is a warning. A network that
 * cannot be disabled is an error, because the tests would have a network that the user wanted to deny them.
 * @throws SandboxUnavailable
 */
export async function confine(request: ConfinementRequest, tools: ConfinementTools): Promise<EstablishedConfinement> {
  const attempts: string[] = [];
  for (const mechanism of availableMechanisms(request, tools)) {
    const observed = await probe(mechanism, tools);
    if ('problem' in observed) {
      attempts.push(`${mechanism.name}: ${observed.problem}`);
      continue;
    }
    if (request.sandbox && observed.network === 'open') {
      attempts.push(`${mechanism.name}: the network was still available`);
      continue;
    }
    const limits = effectiveLimits(request.limits, observed, mechanism.limits);
    warnOfMissingLimits(request.limits, limits, tools);
    return { confinement: mechanism, report: { by: mechanism.name, network: observed.network, ...limits } };
  }
  if (request.sandbox) throw new SandboxUnavailable(attempts);
  warnOfMissingLimits(request.limits, NO_LIMITS, tools);
  return { confinement: UNCONFINED, report: { by: 'nothing', network: 'open', ...NO_LIMITS } };
}

const UNCONFINED: Confinement = { confine: (request) => request };

function warnOfMissingLimits(
  requested: ResourceLimits | undefined,
  effective: EffectiveLimits,
  { reporter }: ConfinementTools,
): void {
  if (requested === undefined) return;
  const missing = Object.entries(effective).flatMap(([name, value]) => (value === null ? [name] : []));
  if (missing.length === 0) return;
  reporter.warn(`The tests run without these limits, which cannot be set on this system: ${missing.join(', ')}.`);
}
