import type { TestConfinement, TestReport } from '../../../packs/test-report.ts';
import { formatBytes } from '../../progress/format.ts';

/** Describes the package environments and the confinement of the tests, one line each. */
export function environmentLines({ confinement, environments = [] }: TestReport): string[] {
  const packages = environments.map(
    ({ kind, digest, reused }) => `Environment: ${kind} ${digest}${reused ? '' : ' (built for this run)'}`,
  );
  return [...packages, ...(confinement ? confinementLines(confinement) : [])];
}

function confinementLines(confinement: TestConfinement): string[] {
  const limits = limitTexts(confinement);
  const network = { open: [], loopback: ['Network: loopback only'], none: ['Network: none'] }[confinement.network];
  const files = confinement.files === 'isolated' ? ["Files: your home and attune's directories are hidden"] : [];
  return [
    ...(limits.length > 0 ? [`Limits: ${limits.join(', ')}`] : []),
    ...network,
    ...files,
    ...(confinement.files === 'isolated' ? confinement.notes.map((note) => `Note: ${note}`) : []),
  ];
}

function limitTexts({ memory_bytes: memory, cpu_seconds: time, processes }: TestConfinement): string[] {
  return [
    ...(memory === null ? [] : [`${formatBytes(memory)} of memory per process`]),
    ...(time === null ? [] : [`${time} s of CPU time per process`]),
    ...(processes === null ? [] : [`at most ${processes} ${processes === 1 ? 'process' : 'processes'}`]),
  ];
}

/** Describes on one line how the tests of an installation were isolated; `undefined` where no isolation was intended. */
export function isolationLine(isolation: TestConfinement | null): string | undefined {
  if (isolation === null || isolation.not_isolated === 'named_by_path') return undefined;
  if (isolation.not_isolated === 'switched_off') return 'none (--sandbox off)';
  if (isolation.files !== 'isolated') return isolation.not_isolated && ['none.', ...isolation.notes].join(' ');
  const network = { open: 'the network allowed', loopback: 'no network but loopback', none: 'no network' };
  const parts = ['home hidden', network[isolation.network], ...limitTexts(isolation).slice(-1)];
  return [`${isolation.by}: ${parts.join(', ')}`, ...isolation.notes].join('. ');
}
