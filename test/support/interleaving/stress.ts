import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { packFiles, writeRegistry } from '../registry/server.ts';
import type { Exit, Machine } from '../reliability/machine.ts';
import { filesOf } from '../reliability/state.ts';
import { writeFiles } from '../store.ts';
import type { Random } from './random.ts';

/** A command line of a round with the exit statuses that it may have. */
interface StressedCommand {
  readonly args: readonly string[];
  readonly allowed: readonly number[];
}

/** The outcome of a round: one line for each violated expectation. */
export interface Round {
  readonly processes: number;
  readonly violations: readonly string[];
}

const DIFFERENT = Array.from({ length: 20 }, (_, index) => `pack-${10 + index}`);
/** The longest pause of a stopped process, which is shorter than the lock timeout of the others. */
const MAX_PAUSE_MS = 400;

/** Prepares a machine with the sources of all packs and with some installed packs. */
export async function prepareStress(machine: Machine): Promise<void> {
  for (const ref of [...DIFFERENT, 'same', 'first', 'second']) {
    writeFiles(join(machine.work, ref), packFiles({ ref, files: { 'lib/one.txt': ref } }));
  }
  const index = writeRegistry(join(machine.root, 'home', 'registry'), [
    { ref: 'shared' },
    { ref: 'branch', dependencies: ['shared'] },
    { ref: 'twig', dependencies: ['shared'] },
  ]);
  const config = `pack_registry:\n  indices:\n    - { name: main, url: "${index}" }\n`;
  mkdirSync(join(machine.root, 'config'), { recursive: true });
  writeFileSync(join(machine.root, 'config', 'settings.yaml'), config);
  const { status, stderr } = await machine.run(['pack', 'install', './first', './second']);
  if (status !== 0) throw new Error(stderr);
}

/** Longer than a round takes on a machine that has other work as well. */
const LOCK_TIMEOUT = ['--lock-timeout', '900'];
/** The commands that do not accept a lock timeout. */
const LOCKLESS = /^(pack (list|verify|lock)|db backup)$/;

/** Returns the commands of a round in random order. */
function commandsOf(random: Random): StressedCommand[] {
  const install = (ref: string, ...allowed: readonly number[]) => ({ args: ['pack', 'install', `./${ref}`], allowed });
  const mixed: StressedCommand[] = [
    { args: ['pack', 'list'], allowed: [0] },
    { args: ['pack', 'verify'], allowed: [0] },
    { args: ['doctor'], allowed: [0] },
    { args: ['doctor', '--fix'], allowed: [0] },
    { args: ['pack', 'install', 'branch'], allowed: [0] },
    { args: ['pack', 'install', 'twig'], allowed: [0] },
    { args: ['pack', 'pin', 'first'], allowed: [0] },
    { args: ['pack', 'unpin', 'first'], allowed: [0] },
    { args: ['pack', 'uninstall', 'second', '--yes'], allowed: [0, 4] },
    { args: ['pack', 'lock', '--output', 'mixed.lock'], allowed: [0] },
    { args: ['cache', 'prune', '--all'], allowed: [0] },
    { args: ['db', 'backup'], allowed: [0] },
    { args: ['pack', 'repair', '--yes'], allowed: [0] },
  ];
  const all = [
    ...DIFFERENT.map((ref) => install(ref, 0)),
    ...Array.from({ length: 12 }, () => install('same', 0, 5)),
    ...random.sample(mixed, 8),
  ];
  const patient = all.map(({ args, allowed }) => ({
    args: LOCKLESS.test(args.slice(0, 2).join(' ')) ? args : [...args, ...LOCK_TIMEOUT],
    allowed,
  }));
  return random.sample(patient, patient.length);
}

/**
 * Runs one round on a prepared machine: all commands at once, with random stops of the processes.
 * @param maxBusy the largest number of threads that keep the processors busy meanwhile
 */
export async function runRound(machine: Machine, random: Random, maxBusy: number): Promise<Round> {
  const commands = commandsOf(random);
  const busy = Array.from({ length: random.below(maxBusy + 1) }, () => new Worker('for (;;);', { eval: true }));
  try {
    const running = commands.map((command) => ({ command, ...machine.start(command.args) }));
    const exits = Promise.all(running.map(({ ended }) => ended));
    await suspendAtRandom(
      running.map(({ child }) => child),
      exits,
      random,
    );
    return await judgeRound(machine, commands, await exits);
  } finally {
    await Promise.all(busy.map((worker) => worker.terminate()));
  }
}

type Child = ReturnType<Machine['start']>['child'];

/** Stops and continues random processes until all have ended. */
async function suspendAtRandom(children: readonly Child[], ended: Promise<unknown>, random: Random): Promise<void> {
  let isDone = false;
  ended.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    const chosen = random.sample(
      children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null),
      1 + random.below(4),
    );
    for (const child of chosen) child.kill('SIGSTOP');
    await sleep(random.below(MAX_PAUSE_MS));
    for (const child of chosen) child.kill('SIGCONT');
    await sleep(random.below(50));
  }
}

async function judgeRound(
  machine: Machine,
  commands: readonly StressedCommand[],
  exits: readonly Exit[],
): Promise<Round> {
  const violations = exits.flatMap(({ status, signal, stderr }, index) => {
    const { args, allowed } = commands[index]!;
    if (status !== null && allowed.includes(status)) return [];
    return [`${args.join(' ')}: exit ${status ?? signal}: ${stderr.trim().split('\n').slice(-3).join(' ')}`];
  });
  const succeeded = exits.filter(({ status }, index) => status === 0 && commands[index]!.args[2] === './same');
  if (succeeded.length !== 1) violations.push(`'same' was installed by ${succeeded.length} processes`);
  const verified = await machine.run(['pack', 'verify']);
  if (verified.status !== 0)
    violations.push(`pack verify afterwards: ${verified.status} ${verified.stderr}${verified.stdout}`);
  const { stdout } = await machine.run(['pack', 'list', '--json']);
  const installed = new Set(JSON.parse(stdout).packs.map(({ ref }: { ref: string }) => ref));
  const missing = [...DIFFERENT, 'same'].filter((ref) => !installed.has(ref));
  if (missing.length > 0) violations.push(`not installed: ${missing.join(', ')}`);
  const strays = [...filesOf(machine.root)].filter((path) =>
    /\.tmp$|-journal$|^work\/.*\.lock(\.json)?$|staging\/.|writer\.json$/.test(path.replace('work/mixed.lock', '')),
  );
  if (strays.length > 0) violations.push(`left over: ${strays.join(', ')}`);
  return { processes: commands.length, violations };
}
