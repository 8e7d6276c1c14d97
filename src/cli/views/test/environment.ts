import type { TestConfinement, TestReport } from '../../../packs/test-report.ts';
import { formatBytes } from '../../progress/activity.ts';

/** What the tests had around them, one line each; nothing where that was what tests always have. */
export function surroundingsLines({ confinement, environments = [] }: TestReport): string[] {
  const packages = environments.map(
    ({ kind, digest, reused }) => `Environment: ${kind} ${digest}${reused ? '' : ' (built for this run)'}`,
  );
  return [...packages, ...(confinement ? confinementLines(confinement) : [])];
}

function confinementLines(confinement: TestConfinement): string[] {
  const { memory_bytes: memory, cpu_seconds: time, processes, network } = confinement;
  const limits = [
    ...(memory === null ? [] : [`${formatBytes(memory)} of memory a process`]),
    ...(time === null ? [] : [`${time} s of processor time a process`]),
    ...(processes === null ? [] : [`at most ${processes} processes`]),
  ];
  const reach = { open: [], loopback: ['Network: this machine alone'], none: ['Network: none'] }[network];
  return [...(limits.length > 0 ? [`Limits: ${limits.join(', ')}`] : []), ...reach];
}
