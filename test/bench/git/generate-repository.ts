import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { GIT_ENVIRONMENT, git } from '../../support/git/repository.ts';

/** One file in this many is incompressible, like images, models and archives. */
const BINARY_EVERY = 50;
const FILES_PER_DIRECTORY = 40;

const VOCABULARY = `action alert async await backup branch bucket channel client cluster command config connection cron
  default deploy endpoint entry_point enabled error event execute failure filter for from function group handler host id
  if import in integer items key label level list log message name namespace not number object output parameters password
  payload policy port project query queue record region release request required response result retry return role rule
  schedule schema secret self sensor server service snapshot state status string success task template tenant threshold
  timeout token topic trigger type update url user value version volume webhook workflow zone`.split(/\s+/);

const HEADER = `# Copyright the authors. Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License. You may obtain a copy of the License at
#     http://www.apache.org/licenses/LICENSE-2.0
`;

/**
 * Generates a bare repository of a pack, with all objects in one packfile with deltas, like on a server. Most files are
 * text that zlib compresses to about a quarter, some of them similar to each other, and a few are incompressible. The
 * result is deterministic.
 * @param directory the path of the repository, which must not exist
 * @returns the total size of all files in bytes, about `files * meanBytes`
 */
export function generateRepository(directory: string, files: number, meanBytes: number): number {
  mkdirSync(directory);
  git(directory, ['init', '--quiet', '--bare', '.']);
  const stream = join(directory, 'import');
  const bytes = writeImport(stream, files, meanBytes);
  const input = openSync(stream, 'r');
  try {
    const { status, stderr } = spawnSync('git', ['fast-import', '--quiet'], {
      cwd: directory,
      env: GIT_ENVIRONMENT,
      stdio: [input, 'ignore', 'pipe'],
    });
    if (status !== 0) throw new Error(String(stderr));
  } finally {
    closeSync(input);
  }
  rmSync(stream);
  git(directory, ['repack', '-adfq']);
  return bytes;
}

/** Writes the input of `git fast-import`. @returns the total size of all files in bytes */
function writeImport(path: string, files: number, meanBytes: number): number {
  const stream = openSync(path, 'w');
  try {
    writeSync(stream, 'commit refs/heads/main\ncommitter Ada <ada@example.com> 1767323045 +0000\ndata 5\nfirst\n');
    const manifest = Buffer.from('ref: bench\nversion: 1.0.0\nlabel: Bench\n');
    let bytes = writeFile(stream, 'pack.yaml', manifest);
    const random = randomNumbers(files);
    let text = '';
    for (let file = 1; file < files; file++) {
      const directory = `lib/part${Math.floor(file / FILES_PER_DIRECTORY)}`;
      const size = Math.ceil(random() * 2 * meanBytes);
      if (file % BINARY_EVERY === 0) {
        bytes += writeFile(stream, `${directory}/data${file}.bin`, noise(size, random));
      } else {
        text = file % 10 === 0 ? edit(text, random) : HEADER + prose(size, random);
        bytes += writeFile(stream, `${directory}/module${file}.py`, Buffer.from(text));
      }
    }
    return bytes;
  } finally {
    closeSync(stream);
  }
}

function writeFile(stream: number, path: string, content: Buffer): number {
  writeSync(stream, `M 644 inline ${path}\ndata ${content.length}\n`);
  writeSync(stream, content);
  writeSync(stream, '\n');
  return content.length;
}

type RandomNumbers = () => number;

/** Creates a deterministic generator of numbers from 0 to 1 (mulberry32). */
function randomNumbers(seed: number): RandomNumbers {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function prose(size: number, random: RandomNumbers): string {
  const lines: string[] = [];
  for (let length = 0; length < size; ) {
    const words = Array.from(
      { length: 3 + Math.floor(random() * 9) },
      () => VOCABULARY[Math.floor(random() ** 2 * VOCABULARY.length)],
    );
    const line = `${' '.repeat(4 * Math.floor(random() * 4))}${words.join(random() < 0.5 ? ' ' : '.')}`;
    lines.push(line);
    length += line.length + 1;
  }
  return `${lines.join('\n')}\n`;
}

/** Returns the text with five lines replaced, like an adapted copy. */
function edit(text: string, random: RandomNumbers): string {
  const lines = text.split('\n');
  for (let change = 0; change < 5; change++) lines[Math.floor(random() * lines.length)] = prose(40, random).trimEnd();
  return lines.join('\n');
}

function noise(size: number, random: RandomNumbers): Buffer {
  return Buffer.from(Array.from({ length: size }, () => Math.floor(random() * 256)));
}
