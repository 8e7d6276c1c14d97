import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import manifest from '../../../oclif.manifest.json' with { type: 'json' };
import { SHELLS, type ShellName } from '../../../src/cli/completion/complete.ts';
import { programCommand } from '../../support/attune.ts';
import { type CliHarness, contentsOf, createCliHarness } from '../../support/cli.ts';
import { writeRegistry } from '../../support/registry/server.ts';

/** The util-linux program that runs a command on a pseudo-terminal. */
const SCRIPT_PROGRAM = 'script';

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

interface InteractiveShell {
  /** Starts the shell without user settings. */
  readonly command: string;
  /** Loads the completion script: permanently in zsh, for the session in the others. */
  readonly load: (script: string) => string;
}

const SHELL_COMMANDS: Partial<Record<ShellName, InteractiveShell>> = {
  bash: { command: 'bash --noprofile --norc -i', load: (script) => `bind 'set bell-style none'; source ${script}` },
  zsh: { command: 'zsh -f -i', load: (script) => `fpath+=${dirname(script)}; autoload -Uz compinit; compinit -u -D` },
  fish: { command: 'fish --no-config -i', load: (script) => `source ${script}` },
};

/** Creates a harness with packs and a registry, whose `attune` completes and logs the arguments of all other calls. */
async function createTypingHarness(t: {
  after(clean: () => void): void;
}): Promise<CliHarness & { calls: string; bin: string }> {
  const harness = createCliHarness(t);
  const root = dirname(harness.data);
  const calls = join(root, 'calls');
  const index = writeRegistry(join(root, 'registry'), [
    { ref: 'monitoring', version: '1.2.0' },
    { ref: 'monitoring', version: '1.1.0' },
  ]);
  writeFileSync(
    join(harness.config, 'settings.yaml'),
    `pack_registry:\n  indices:\n    - { name: house, url: "${index}" }\n`,
  );
  assert.equal((await harness.attune('registry', 'refresh')).status, 0);
  mkdirSync(join(harness.data, 'packs'));
  for (const ref of ['core', 'deploy', '$(touch pwned)'])
    symlinkSync(`../releases/${ref}/1.0.0-0123456789ab`, join(harness.data, 'packs', ref));
  const bin = join(root, 'bin');
  mkdirSync(bin);
  const program = programCommand()
    .map((arg) => `'${arg}'`)
    .join(' ');
  const record = `[ "$1" = complete ] && exec ${program} "$@"\nprintf '%s|' "$@" >>'${calls}'; echo >>'${calls}'\n`;
  writeFileSync(join(bin, 'attune'), `#!/bin/sh\n${record}`);
  chmodSync(join(bin, 'attune'), 0o755);
  return { ...harness, calls, bin };
}

/** Types lines into a shell on a pseudo-terminal. @returns the arguments of each call of attune */
async function typeLines(
  harness: Awaited<ReturnType<typeof createTypingHarness>>,
  shell: ShellName,
  lines: readonly string[],
): Promise<string[]> {
  const { command, load } = SHELL_COMMANDS[shell] as InteractiveShell;
  const script = join(dirname(harness.data), 'completion', '_attune');
  mkdirSync(dirname(script));
  writeFileSync(script, SHELLS[shell].script);
  const root = dirname(harness.data);
  const child = spawn(SCRIPT_PROGRAM, ['-qec', command, '/dev/null'], {
    cwd: harness.directory,
    env: {
      PATH: `${harness.bin}:${process.env['PATH']}`,
      HOME: join(root, 'home'),
      TERM: 'xterm',
      LANG: 'C.UTF-8',
      ATTUNE_DATA_DIR: harness.data,
      ATTUNE_CACHE_DIR: join(root, 'cache'),
      ATTUNE_CONFIG_DIR: harness.config,
      NODE_COMPILE_CACHE: join(root, 'code'),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
  });
  for (const line of [load(script), ...lines, 'exit']) child.stdin.write(`${line}\n`);
  const timer = setTimeout(() => child.kill(), 60_000);
  await new Promise((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  assert.ok(existsSync(harness.calls), screen);
  return readFileSync(harness.calls, 'utf8').trimEnd().split('\n');
}

/** The keys to type, with the tabs that complete, and the resulting arguments of attune. */
const TYPED: readonly { keys: string; want: string }[] = [
  { keys: 'attune pack unins\tcor\t', want: 'pack|uninstall|core|' },
  { keys: 'attune pack install monit\t', want: 'pack|install|monitoring|' },
  { keys: 'attune pack install monitoring@1.1\t', want: 'pack|install|monitoring@1.1.0|' },
  { keys: 'attune pack search x --registry=h\t', want: 'pack|search|x|--registry=house|' },
  { keys: 'attune pack checksum a\t', want: 'pack|checksum|a file.txt|' },
  { keys: 'attune pack index-update --index=./a\t .', want: 'pack|index-update|--index=./a file.txt|.|' },
  { keys: "attune pack show '$(touch pwned)' $(true) \tx", want: 'pack|show|$(touch pwned)|x|' },
];

for (const shell of ['bash', 'zsh', 'fish'] as const) {
  const missing = [shell, SCRIPT_PROGRAM].filter((program) => !isInstalled(program));
  const skip = missing.length > 0 && `requires ${missing.join(' and ')}`;
  test(`completion script: ${shell} completes commands, refs, versions, flags and files`, { skip }, async (t) => {
    const harness = await createTypingHarness(t);
    writeFileSync(join(harness.directory, 'a file.txt'), '');
    const before = [contentsOf(harness.data), contentsOf(harness.config)];
    assert.deepEqual(
      await typeLines(
        harness,
        shell,
        TYPED.map(({ keys }) => keys),
      ),
      TYPED.map(({ want }) => want),
    );
    assert.deepEqual([contentsOf(harness.data), contentsOf(harness.config)], before);
    assert.ok(!existsSync(join(harness.directory, 'pwned')), 'a name was executed');
  });
}

test('completion: prints the script, and with --json a document with the script', async (t) => {
  const harness = createCliHarness(t);
  assert.deepEqual(await harness.attune('completion', 'bash'), { status: 0, stdout: SHELLS.bash.script, stderr: '' });
  const { document } = await harness.json('completion', 'zsh');
  assert.deepEqual(document, { shell: 'zsh', script: SHELLS.zsh.script });
});

test('completion: an unknown shell exits 2 and lists the known shells', async (t) => {
  const { status, stderr } = await createCliHarness(t).attune('completion', 'csh');
  assert.equal(status, 2);
  for (const shell of Object.keys(SHELLS)) assert.ok(stderr.includes(shell), stderr);
});

test('complete: prints only candidates and exits 0 for any arguments', async (t) => {
  const harness = createCliHarness(t);
  assert.deepEqual(await harness.attune('complete', 'fish', '--', 'pack', 'index-m'), {
    status: 0,
    stdout: `none\nindex-merge\t${manifest.commands['pack:index-merge'].summary}\n`,
    stderr: '',
  });
  for (const args of [['csh', '--', 'pack'], [], ['bash'], ['powershell', '--', '']]) {
    const { status, stderr } = await harness.attune('complete', ...args);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  }
  assert.deepEqual(contentsOf(harness.data), {});
});
