import { systemFacts } from '../../platform/system-facts.ts';
import { confine, type EstablishedConfinement } from '../../testing/confinement/confine.ts';
import type { Runtime } from '../runtime.ts';

export interface ConfinementWish {
  /** Memory, processor time and processes, as configured. */
  readonly limits: boolean;
  /** No network. */
  readonly sandbox: boolean;
}

/** What holds the tests back; `undefined` where nothing was asked for, which costs nothing. @throws SandboxImpossible */
export async function confineTests(
  { limits, sandbox }: ConfinementWish,
  runtime: Pick<Runtime, 'config' | 'processes' | 'reporter' | 'environment'>,
): Promise<EstablishedConfinement | undefined> {
  if (!limits && !sandbox) return undefined;
  const { testing } = await runtime.config();
  const { processes, reporter, environment } = runtime;
  return confine(
    { limits: limits ? testing.limits : undefined, sandbox },
    { processes, reporter, variables: environment.variables, system: systemFacts() },
  );
}
