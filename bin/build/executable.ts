/**
 * Builds `dist/attune-<os>-<cpu>`, one file that runs without Node, npm or git. pkg puts it together from Node, the bundle,
 * the code that V8 compiles of it, and SQLite's addon. Everything comes from npm packages whose digests `package-lock.json`
 * records, and the same commit gives the same bytes.
 *
 *     node bin/build/executable.ts [TARGET...]     by default for this system; `all` for every target
 */
import { isAscii } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { BUNDLE, writeBundle } from './bundle.ts';
import { compileCode } from './code-cache.ts';
import { nodeFor, TARGETS, type Target } from './targets.ts';

const root = dirname(dirname(import.meta.dirname));
const dist = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const { default: makeExecutable } = createRequire(import.meta.url)('@yao-pkg/pkg/lib-es5/sea.js') as {
  default(main: string, options: Readonly<Record<string, unknown>>): Promise<void>;
};

const HOST = `${{ darwin: 'macos', win32: 'win' }[process.platform as string] ?? process.platform}-${process.arch}`;
const MAIN_SCRIPT = 'main.cjs';

/** The files that the executables of all targets contain. */
interface Program {
  /** The bundle as a function of what CommonJS passes to a module. */
  readonly script: string;
  /** V8's code of the script, for the system that builds. */
  readonly code: string;
}

await writeBundle();
await inTemporaryDirectory(async (directory) => {
  const program = compileProgram(directory);
  for (const name of requestedTargets()) {
    await inTemporaryDirectory((work) => buildExecutable(name, TARGETS[name] as Target, program, work));
  }
});
for (const script of ['man-pages.ts', 'sbom.ts']) {
  execFileSync(process.execPath, [join(import.meta.dirname, script)], { stdio: 'inherit' });
}
writeChecksums();

function requestedTargets(): readonly string[] {
  const names = process.argv.slice(2);
  if (names.includes('all')) return Object.keys(TARGETS);
  const unknown = names.find((name) => !(name in TARGETS));
  if (unknown !== undefined) {
    throw new Error(`unknown target ${unknown}; the targets are ${Object.keys(TARGETS).join(', ')}`);
  }
  return names.length === 0 ? [HOST] : names;
}

async function inTemporaryDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'attune-executable-'));
  try {
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function compileProgram(directory: string): Program {
  const program = { script: join(directory, 'script.cjs'), code: join(directory, 'script.code') };
  const bundle = readFileSync(BUNDLE);
  if (!isAscii(bundle)) throw new Error(`${BUNDLE} has characters outside ASCII`);
  writeFileSync(program.script, `(function (exports, require, module) {\n${bundle}\n})`);
  const work = mkdtempSync(join(directory, 'work-'));
  writeFileSync(program.code, compileCode(program.script, work));
  return program;
}

async function buildExecutable(name: string, target: Target, program: Program, work: string): Promise<void> {
  writeMainScript(join(work, MAIN_SCRIPT));
  const options = {
    targets: [{ nodeRange: 'node24', platform: target.os, arch: target.cpu, output: outputOf(name, target) }],
    nodePath: stripped(nodeFor(name, target, work), target, join(work, 'node')),
    useLocalNode: true,
    // Signs macOS executables, if a tool for it is installed.
    signature: true,
    seaConfig: {
      // Node records this path in the executable, so it is relative.
      main: join('..', MAIN_SCRIPT),
      assets: writeAssets(name, target, program, work),
      // Reduces garbage collections in short commands by half.
      execArgv: ['--min-semi-space-size=8'],
      execArgvExtension: 'none',
    },
  };
  await withTemporaryFilesIn(work, () => makeExecutable(join(work, MAIN_SCRIPT), options));
}

/** Makes pkg create its working directory in a given one, so that the relative path of the main script is always the same. */
async function withTemporaryFilesIn(directory: string, run: () => Promise<void>): Promise<void> {
  const variables = ['TMPDIR', 'TEMP', 'TMP'];
  const previous = variables.map((name) => [name, process.env[name]] as const);
  for (const name of variables) process.env[name] = directory;
  try {
    await run();
  } finally {
    for (const [name, value] of previous) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

function writeMainScript(outfile: string): void {
  buildSync({
    entryPoints: [join(root, 'bin', 'executable', 'main.cjs')],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
  });
}

function outputOf(name: string, { os }: Target): string {
  return join(dist, `attune-${name}${os === 'win' ? '.exe' : ''}`);
}

/**
 * Removes the symbols for debuggers, if an installed tool can do that; afterwards nothing can be added to the file. macOS and
 * Windows keep symbols in other files.
 */
function stripped(program: string, { os }: Target, output: string): string {
  if (os !== 'linux') return program;
  for (const tool of ['strip', 'llvm-strip']) {
    try {
      execFileSync(tool, ['-o', output, program], { stdio: 'ignore' });
      return output;
    } catch {
      // The tool is not installed, or does not support the processor.
    }
  }
  process.stderr.write(`No tool can strip ${program}: the executable will be a sixth larger.\n`);
  return program;
}

/** Writes the assets of an executable. @returns their files by name */
function writeAssets(name: string, target: Target, program: Program, work: string): Readonly<Record<string, string>> {
  const prebuilt = join(root, 'node_modules', 'better-sqlite3', 'prebuilds', `${target.addon}.node`);
  const addon = stripped(prebuilt, target, join(work, 'better_sqlite3.node'));
  const texts: Readonly<Record<string, string>> = {
    'better_sqlite3.digest': digestOf(addon).slice(0, 16),
    digest: digestOf(program.script).slice(0, 16),
    version: versionLine(target),
  };
  for (const [asset, text] of Object.entries(texts)) writeFileSync(join(work, `${asset}.txt`), text);
  return {
    'better_sqlite3.node': addon,
    script: program.script,
    ...(name === HOST && { code: program.code }),
    ...Object.fromEntries(Object.keys(texts).map((asset) => [asset, join(work, `${asset}.txt`)])),
  };
}

function versionLine({ os, cpu }: Target): string {
  const platform = { macos: 'darwin', win: 'win32', linux: 'linux' }[os];
  return `attune/${version} ${platform}-${cpu} node-${process.version}\n`;
}

function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Writes the checksums of all published files, in the format of `sha256sum`. */
function writeChecksums(): void {
  const published = /^(attune-\w+-\w+(\.exe)?|attune\.cdx\.json|attune\.cjs\.map|man[\\/].*\.1)$/;
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => published.test(name));
  const lines = files.sort().map((name) => `${digestOf(join(dist, name))}  ${name.replaceAll('\\', '/')}\n`);
  writeFileSync(join(dist, 'SHA256SUMS'), lines.join(''));
}
