/**
 * Makes `dist/attune-<os>-<cpu>`, one file that runs without Node, npm or git: Node itself, the bundle, what V8 compiled of
 * it, and SQLite's addon, put together by pkg. What is inside comes from npm packages that `package-lock.json` names by
 * their digests, and the same commit gives the same bytes.
 *
 *     node bin/build/executable.ts [TARGET...]     the system that builds, unless said otherwise; `all` for all of them
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { makeModules, writeProgram } from './bundle.ts';
import { makeParts } from './startup-parts.ts';
import { nodeFor, TARGETS, type Target } from './targets.ts';

const root = dirname(dirname(import.meta.dirname));
const dist = join(root, 'dist');
const parts = join(dist, 'parts');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const { default: makeExecutable } = createRequire(import.meta.url)('@yao-pkg/pkg/lib-es5/sea.js') as {
  default(main: string, options: Readonly<Record<string, unknown>>): Promise<void>;
};

const HOST = `${{ darwin: 'macos', win32: 'win' }[process.platform as string] ?? process.platform}-${process.arch}`;

/** What says where temporary files go. */
const TEMPORARY = ['TMPDIR', 'TEMP', 'TMP'];
const MAIN_SCRIPT = 'main.cjs';

const modules = await makeModules();
await writeProgram(modules);
rmSync(parts, { recursive: true, force: true });
await inDirectory((work) => makeParts(parts, modules, work));

const wanted = process.argv.slice(2);
for (const name of wanted.length === 0 ? [HOST] : wanted.includes('all') ? Object.keys(TARGETS) : wanted) {
  const target = TARGETS[name];
  if (target === undefined) throw new Error(`there is no target ${name}; there are ${Object.keys(TARGETS).join(', ')}`);
  await inDirectory((work) => build(name, target, work));
}
for (const script of ['man-pages.ts', 'sbom.ts']) {
  execFileSync(process.execPath, [join(root, 'bin', 'build', script)], { stdio: 'inherit' });
}
writeSums();

async function inDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'attune-executable-'));
  try {
    await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function build(name: string, target: Target, work: string): Promise<void> {
  const node = nodeFor(name, target, work);
  writeMainScript(join(work, MAIN_SCRIPT));
  const options = {
    targets: [{ nodeRange: 'node24', platform: target.os, arch: target.cpu, output: outputOf(name, target) }],
    nodePath: stripped(node, target, join(work, 'node')),
    useLocalNode: true,
    // For macOS, where the system that builds has a tool for it.
    signature: true,
    seaConfig: {
      // As it is named from there, for Node writes the name down, and the bytes are to be the same wherever they are made.
      main: join('..', MAIN_SCRIPT),
      assets: assets(name, target, work),
      // Half of a short command's garbage collections would be for want of room.
      execArgv: ['--min-semi-space-size=8'],
      execArgvExtension: 'none',
    },
  };
  // pkg works in a new directory in this one.
  const before = Object.fromEntries(TEMPORARY.map((variable) => [variable, process.env[variable]]));
  for (const variable of TEMPORARY) process.env[variable] = work;
  try {
    await makeExecutable(join(work, MAIN_SCRIPT), options);
  } finally {
    for (const [variable, value] of Object.entries(before)) {
      if (value === undefined) delete process.env[variable];
      else process.env[variable] = value;
    }
  }
}

/** In one file, and as short as it can be: Node compiles it anew at each start. */
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
 * Without the symbols that only a debugger wants, where something here can do that; it has to happen before anything is
 * put in. macOS and Windows keep their symbols elsewhere.
 */
function stripped(program: string, { os }: Target, output: string): string {
  if (os !== 'linux') return program;
  for (const tool of ['strip', 'llvm-strip']) {
    try {
      execFileSync(tool, ['-o', output, program], { stdio: 'ignore' });
      return output;
    } catch {
      // It is not there, or does not know this processor.
    }
  }
  process.stderr.write(`Nothing here strips ${program}: the executable is a sixth larger.\n`);
  return program;
}

/** What the executable holds beside its main script, each as a file. */
function assets(name: string, target: Target, work: string): Readonly<Record<string, string>> {
  const code = name === HOST ? /\.(cjs|code)$/ : /\.cjs$/;
  const own = readdirSync(parts).filter((file) => code.test(file));
  const prebuilt = join(root, 'node_modules', 'better-sqlite3', 'prebuilds', `${target.addon}.node`);
  const addon = stripped(prebuilt, target, join(work, 'better_sqlite3.node'));
  const texts: Readonly<Record<string, string>> = {
    'better_sqlite3.digest': digestOf(addon).slice(0, 16),
    digest: digestOf(...own.filter((file) => file.endsWith('.cjs')).map((file) => join(parts, file))).slice(0, 16),
    version: versionLine(target),
  };
  for (const [asset, text] of Object.entries(texts)) writeFileSync(join(work, `${asset}.txt`), text);
  return {
    'better_sqlite3.node': addon,
    ...Object.fromEntries(own.map((file) => [file, join(parts, file)])),
    ...Object.fromEntries(Object.keys(texts).map((asset) => [asset, join(work, `${asset}.txt`)])),
  };
}

function versionLine({ os, cpu }: Target): string {
  const platform = { macos: 'darwin', win: 'win32', linux: 'linux' }[os];
  return `attune/${version} ${platform}-${cpu} node-${process.version}\n`;
}

function digestOf(...files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex');
}

/** Of all that is published, in the form of `sha256sum`. */
function writeSums(): void {
  const published = /^(attune-\w+-\w+(\.exe)?|attune\.cdx\.json|parts[\\/].*\.map|man[\\/].*\.1)$/;
  const made = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => published.test(name));
  const lines = made.sort().map((name) => `${digestOf(join(dist, name))}  ${name.replaceAll('\\', '/')}\n`);
  writeFileSync(join(dist, 'SHA256SUMS'), lines.join(''));
}
