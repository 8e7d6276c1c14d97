import { dirname } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { makeDirectory } from '../../platform/files/entries.ts';
import { finalPath } from '../../platform/files/inspect.ts';
import { fileStamp, replaceFile } from '../../platform/files/write.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';

/** Another process writes to the output file at the same time. */
export class OutputInUse extends AttuneError {
  constructor(path: string) {
    super('STORE_FILE_IN_USE', `Cannot write the report to '${path}', because another program writes to it.`, {
      facts: { path },
      hint: 'Pass a different --output file to each run.',
    });
  }
}

/** Writes a report to a file, atomically, and creates its parent directories. @throws FileError, OutputInUse */
export function writeOutput(file: string, text: string, { environment }: Pick<Runtime, 'environment'>): void {
  const path = expandPath(file, environment);
  makeDirectory(dirname(path));
  const target = finalPath(path);
  if (!replaceFile(target, [Buffer.from(text)], fileStamp(target))) throw new OutputInUse(target);
}
