/**
 * Updates, merges, validates and queries indexes at sizes beyond those of public registries, compared with `jq -c .`,
 * which reads, parses and writes the same bytes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Aim, Bench, Contest } from '../compare.ts';
import type { Task } from '../measure.ts';
import { type Program, publishedProgram } from '../program.ts';
import { type Clone, generateIndex, refOf } from './generate-index.ts';

const PARTS = 10;
/** For smaller indexes, memory is dominated by the runtime. */
const MEMORY_COUNTS_FROM = 20e6;
/** A limit above the size of the generated indexes. */
const CONFIGURATION = 'pack_registry: { max_index_bytes: 4000000000 }\n';

export const indexBench: Bench = {
  name: 'index',
  tool: 'jq',
  sizes: [1_000, 12_000, 100_000],
  open(directory) {
    const program = publishedProgram(directory, CONFIGURATION);
    return (count, workspace) => contests(count, workspace, program);
  },
};

function contests(count: number, directory: string, program: Program): readonly Contest[] {
  const file = join(directory, 'index.json');
  const bytes = generateIndex(file, wholeIndex(count));
  const parts = Array.from({ length: PARTS }, (_, part) => join(directory, `part-${part}.json`));
  const newer = join(directory, 'newer.json');
  generateIndex(newer, wholeIndex(count, 1));
  const partBytes = parts.reduce((sum, path, part) => sum + generateIndex(path, partOf(count, part)), 0);
  const ref = refOf({ count, position: count >> 1 });

  const attune = (...args: string[]): Task => ({
    command: [...program.command, 'pack', ...args],
    cwd: directory,
    env: { ...program.env, ATTUNE_REGISTRY_INDICES: file },
  });
  const tool: Task = { command: ['jq', '-c', '.', file], cwd: directory, env: { PATH: process.env['PATH'] } };
  const update = attune('index-update', '--index', file, '--update', ...publication(directory));
  const release = releases(directory, ref);
  release();
  return [
    {
      name: 'update one entry',
      bytes,
      attune: { ...update, prepare: release },
      tool,
      aim: { timeRatio: 1.5, ...memory(bytes) },
    },
    { name: 'update, unchanged', bytes, attune: update, tool, aim: { timeRatio: 1.5, ...memory(bytes) } },
    {
      name: `merge ${PARTS} files`,
      bytes: partBytes,
      attune: attune('index-merge', '--force', '--output', join(directory, 'merged.json'), ...parts),
      tool: { ...tool, command: ['jq', '-c', '.', ...parts] },
      aim: memory(partBytes),
    },
    {
      name: 'merge 2 files, all packs in both',
      bytes: 2 * bytes,
      attune: attune('index-merge', '--force', '--output', join(directory, 'merged.json'), file, newer),
      tool: { ...tool, command: ['jq', '-c', '.', file, newer] },
      aim: memory(2 * bytes),
    },
    { name: 'validate', bytes, attune: attune('index-validate', file), tool, aim: memory(bytes) },
    {
      name: 'look up a ref',
      bytes,
      attune: attune('install', ref, '--dry-run', '--skip-tests'),
      tool,
      aim: memory(bytes),
    },
  ];
}

function memory(bytes: number): Aim {
  return bytes < MEMORY_COUNTS_FROM ? {} : { memoryRatio: 6 };
}

function* wholeIndex(count: number, major = 0): Iterable<Clone> {
  for (let position = 0; position < count; position += 1) {
    yield { count, position, version: `${major}.${position % 7}.${position % 20}` };
  }
}

/** Yields a tenth of the packs. Every tenth of those is in all parts, with a different version in each. */
function* partOf(count: number, part: number): Iterable<Clone> {
  for (let row = 0; row < Math.floor(count / PARTS); row += 1) {
    const position = row % 10 === 0 ? row * PARTS : row * PARTS + part;
    yield { count, position, version: `0.${(part * 3) % PARTS}.${row % 20}` };
  }
}

/** Returns options that describe the pack's archive with its checksum, so that nothing is downloaded. */
function publication(directory: string): readonly string[] {
  const url = 'https://packs.example.org/pack.tar.gz';
  return [`--archive-url=${url}`, `--archive-checksum=sha256:${'ab'.repeat(32)}`, join(directory, 'pack')];
}

/** Writes a pack, and returns a function that increments its version, so that each update changes the index. */
function releases(directory: string, ref: string): () => void {
  mkdirSync(join(directory, 'pack', 'actions'), { recursive: true });
  writeFileSync(join(directory, 'pack', 'actions', 'run.yaml'), 'name: run\ndescription: Runs it\n');
  let release = 0;
  return () => {
    release += 1;
    writeFileSync(join(directory, 'pack', 'pack.yaml'), `ref: ${ref}\nversion: 1.0.${release}\nlabel: Example\n`);
  };
}
