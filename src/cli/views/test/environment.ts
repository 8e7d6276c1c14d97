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
  const { memory_bytes: memory, cpu_seconds: time, processes, network } = confinement;
  const limits = [
    ...(memory === null ? [] : [`${formatBytes(memory)} of memory per process`]),
    ...(time === null ? [] : [`${time} s of CPU time per process`]),
    ...(processes === null ? [] : [`at most ${processes} processes`]),
  ];
  const networkLines = { open: [], loopback: ['Network: loopback only'], none: ['Network: none'] }[network];
  return [...(limits.length > 0 ? [`Limits: ${limits.join(', ')}`] : []), ...networkLines];
}
