import type { TestConfinement } from '../../packs/test-report.ts';
import type { ObservedLimits } from './limits.ts';
import type { ConfinementMechanism, ConfinementTools } from './types.ts';

const TIMEOUT_MS = 10_000;

/** A script that prints the observed values. The first word of each line is its key, and each line may fail separately. */
const PROBE_SCRIPT = [
  'echo "memory $(ulimit -d)"',
  'echo "cpu $(ulimit -S -t)"',
  'echo "processes $(ulimit -u 2>/dev/null || ulimit -p 2>/dev/null)"',
  'echo "ids $(cat /proc/sys/kernel/pid_max 2>/dev/null)"',
  // The first line has headings. Without a route, only loopback can be reachable.
  '[ -r /proc/net/route ] && echo "routes $(sed 1d /proc/net/route | wc -l)"',
  'grep -qs 127.0.0.1 /proc/net/fib_trie && echo "loopback up"',
  // The arguments are paths that must not be visible.
  'for path in "$@"; do if [ -e "$path" ] || [ -L "$path" ]; then echo "seen $path"; fi; done',
  'exit 0',
].join('\n');

/**
 * Runs a probe in a confinement.
 * @param hidden paths that must not be visible
 * @returns the observed limits, or a problem if the mechanism does not work
 */
export async function probe(
  mechanism: ConfinementMechanism,
  { processes, variables }: ConfinementTools,
  hidden: readonly string[] = [],
): Promise<ObservedLimits | { readonly problem: string }> {
  const result = await processes.run(
    mechanism.confine({
      command: '/bin/sh',
      args: ['-c', PROBE_SCRIPT, 'probe', ...hidden],
      cwd: '/',
      env: { PATH: [variables['PATH'], '/usr/bin:/bin'].filter(Boolean).join(':'), LC_ALL: 'C' },
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: 65_536,
    }),
  );
  if (result.exitCode !== 0) {
    const message = result.startError ?? result.stderr.trim().split('\n').at(-1);
    const fallback = result.timedOut ? 'the probe timed out' : `the probe exited with status ${result.exitCode}`;
    return { problem: message || fallback };
  }
  return parseProbe(result.stdout);
}

function parseProbe(output: string): ObservedLimits {
  const lines = new Map(output.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(1)]));
  const number = (name: string) =>
    /^\d+$/.test(lines.get(name)?.[0] ?? '') ? Number(lines.get(name)?.[0]) : undefined;
  return {
    memoryKib: number('memory'),
    cpuSeconds: number('cpu'),
    processes: number('processes'),
    highestProcessId: number('ids'),
    network: toNetwork(number('routes'), lines.has('loopback')),
    visible: [...output.matchAll(/^seen (.*)$/gm)].map(([, path = '']) => path),
  };
}

function toNetwork(routes: number | undefined, loopbackUp: boolean): TestConfinement['network'] {
  if (routes !== 0) return 'open';
  return loopbackUp ? 'loopback' : 'none';
}
