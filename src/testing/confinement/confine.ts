/**
 * What holds a pack's tests back beyond a process group of their own: limits on what they use (`--limits`) and a system
 * without a network (`--sandbox`). None of it needs a privilege. Every way is tried once before the first test, with a
 * program that says what it finds around it, and only what it found counts: a limit that a system takes and does not
 * apply is none.
 */
import type { TestConfinement } from '../../packs/test-report.ts';
import type { Processes } from '../../platform/processes/types.ts';
import type { Reporter } from '../../platform/reporter.ts';
import type { SystemInfo } from '../../platform/system-info.ts';
import type { Confinement } from '../execution-context.ts';
import { effectiveLimits, NO_LIMITS, type ResourceLimits } from './limits.ts';
import { wallsOf } from './mechanisms.ts';
import { probe } from './probe.ts';
import { SandboxUnavailable } from './sandbox-impossible.ts';

export interface ConfinementRequest {
  /** `undefined` sets none. */
  readonly limits: ResourceLimits | undefined;
  /** No network, or no tests. */
  readonly sandbox: boolean;
}

export interface ConfinementTools {
  readonly processes: Pick<Processes, 'run' | 'find'>;
  readonly reporter: Pick<Reporter, 'warn'>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly system: SystemInfo;
}

/** A confinement, and what it holds back. */
export interface EstablishedConfinement {
  readonly confinement: Confinement;
  readonly report: TestConfinement;
}

/**
 * The best confinement that this system offers. A limit that cannot be had is a warning; a network that cannot be taken
 * away is an error, because tests that were to have none would have it.
 * @throws SandboxUnavailable
 */
export async function confine(request: ConfinementRequest, tools: ConfinementTools): Promise<EstablishedConfinement> {
  const tried: string[] = [];
  for (const wall of wallsOf(request, tools)) {
    const found = await probe(wall, tools);
    if ('problem' in found) {
      tried.push(`${wall.name}: ${found.problem}`);
      continue;
    }
    if (request.sandbox && found.network === 'open') {
      tried.push(`${wall.name}: the network was still there`);
      continue;
    }
    const held = effectiveLimits(request.limits, found, wall.limits);
    warnOfMissing(request.limits, held, tools);
    return { confinement: wall, report: { by: wall.name, network: found.network, ...held } };
  }
  if (request.sandbox) throw new SandboxUnavailable(tried);
  warnOfMissing(request.limits, NO_LIMITS, tools);
  return { confinement: NO_WALL, report: { by: 'nothing', network: 'open', ...NO_LIMITS } };
}

const NO_WALL: Confinement = { confine: (request) => request };

function warnOfMissing(
  wanted: ResourceLimits | undefined,
  held: typeof NO_LIMITS | ReturnType<typeof effectiveLimits>,
  { reporter }: ConfinementTools,
): void {
  if (wanted === undefined) return;
  const missing = Object.entries(held).flatMap(([name, value]) => (value === null ? [name] : []));
  if (missing.length === 0) return;
  reporter.warn(`The tests run without these limits, which this system does not let us set: ${missing.join(', ')}.`);
}
