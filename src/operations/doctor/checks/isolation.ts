import { AttuneError } from '../../../errors.ts';
import type { TestConfinement } from '../../../packs/test-report.ts';
import { TemporaryDirectory } from '../../../platform/files/temporary-directory.ts';
import { SandboxUnavailable } from '../../../testing/confinement/confine.ts';
import { isolateTests } from '../../test/isolate-tests.ts';
import { type Diagnosis, type DoctorContext, ok, resultOrError, warning } from '../diagnosis.ts';

/** Reports how the tests of downloaded packs are isolated during installations. */
export async function checkIsolation({ runtime, config }: DoctorContext): Promise<Diagnosis[]> {
  // Another check reports an invalid configuration, which has the limits.
  if (config instanceof AttuneError) return [];
  using workspace = new TemporaryDirectory(() => {});
  const { path } = workspace;
  const pack = { root: path, manifest: { ref: 'doctor', version: '0.0.0', testing: undefined } };
  const request = { pack, workspace: path, environments: [], required: true, allowNetwork: false };
  const established = await resultOrError(() => isolateTests(request, runtime));
  if (!(established instanceof AttuneError)) return [ok('isolation', describe(established.report))];
  if (!(established instanceof SandboxUnavailable)) throw established;
  const message = 'the tests of downloaded packs are not isolated during installations';
  if (established.isUnsupported) return [ok('isolation', `${message}: ${established.attempts.join('; ')}`)];
  return [warning('isolation', `${message}.`, { items: established.attempts, remedy: established.hint })];
}

function describe({ by, network, processes, notes }: TestConfinement): string {
  const networks = { open: 'open network', loopback: 'network: loopback only', none: 'no network' };
  const limit =
    processes === null ? 'no limit of processes' : `at most ${processes} ${processes === 1 ? 'process' : 'processes'}`;
  const facts = [`tests of downloaded packs: ${by}`, 'home hidden', networks[network], limit].join(', ');
  return [facts, ...notes].join('. ');
}
