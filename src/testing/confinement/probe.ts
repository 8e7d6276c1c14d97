import type { TestConfinement } from '../../packs/test-report.ts';
import type { ConfinementTools } from './confine.ts';
import type { Findings } from './limits.ts';
import type { Wall } from './mechanisms.ts';

const TIMEOUT_MS = 10_000;

/** The first word of each answer says what it is about; every line can fail for itself. */
const QUESTIONS = [
  'echo "memory $(ulimit -d)"',
  'echo "cpu $(ulimit -S -t)"',
  'echo "processes $(ulimit -u 2>/dev/null || ulimit -p 2>/dev/null)"',
  'echo "ids $(cat /proc/sys/kernel/pid_max 2>/dev/null)"',
  // After a line of headings. Without a route nothing is reached but, where loopback is up, oneself.
  '[ -r /proc/net/route ] && echo "routes $(sed 1d /proc/net/route | wc -l)"',
  'grep -qs 127.0.0.1 /proc/net/fib_trie && echo "loopback up"',
  'exit 0',
].join('\n');

/** Looks around within a wall; the problem, in words for a message, where none could be built. */
export async function probe(
  wall: Wall,
  { processes, variables }: ConfinementTools,
): Promise<Findings | { readonly problem: string }> {
  const result = await processes.run(
    wall.confine({
      command: '/bin/sh',
      args: ['-c', QUESTIONS],
      cwd: '/',
      env: { PATH: [variables['PATH'], '/usr/bin:/bin'].filter(Boolean).join(':'), LC_ALL: 'C' },
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: 4096,
    }),
  );
  if (result.exitCode !== 0) {
    const words = result.startError ?? result.stderr.trim().split('\n').at(-1);
    return { problem: words || (result.timedOut ? 'it did not answer' : `it ended with status ${result.exitCode}`) };
  }
  return findingsIn(result.stdout);
}

function findingsIn(output: string): Findings {
  const lines = new Map(output.split('\n').map((line) => [line.split(' ')[0] ?? '', line.split(' ').slice(1)]));
  const number = (name: string) =>
    /^\d+$/.test(lines.get(name)?.[0] ?? '') ? Number(lines.get(name)?.[0]) : undefined;
  return {
    memoryKib: number('memory'),
    cpuSeconds: number('cpu'),
    processes: number('processes'),
    highestProcessId: number('ids'),
    network: networkIn(number('routes'), lines.has('loopback')),
  };
}

function networkIn(routes: number | undefined, loopbackUp: boolean): TestConfinement['network'] {
  if (routes !== 0) return 'open';
  return loopbackUp ? 'loopback' : 'none';
}
