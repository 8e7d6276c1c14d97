import { fork } from 'node:child_process';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { PROJECT, type Run } from '../attune.ts';

export interface CommandLine {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The program, loaded once and run many times, since startup is most of the time of a short command. */
export interface WarmProgram {
  run(line: CommandLine): Promise<Run>;
  end(): void;
}

/** Marks the end of the output of one command line. */
export const END_OF_OUTPUT = '\u0004\n';

/**
 * Starts a process that loads the program: the bundle if the suite tests the bundle, otherwise the sources. Used for commands
 * after a kill; a killed command always runs in a separate process.
 */
export function startWarmProgram(): WarmProgram {
  const bundled = basename(process.env['ATTUNE_TEST_PROGRAM'] ?? '') === 'bundled.cjs';
  const main = bundled ? join(PROJECT, 'dist', 'attune.cjs') : join(PROJECT, 'src', 'main.ts');
  const host = fork(new URL('./program-host.ts', import.meta.url), [main], { silent: true });
  const died = new Promise<never>((_, reject) => {
    host.once('exit', (status) => reject(new Error(`the program's host ended with status ${status}`)));
  });
  died.catch(() => {});
  return {
    async run(line) {
      const status = new Promise<number>((resolve) => host.once('message', (status: number) => resolve(status)));
      const output = Promise.all([untilEnd(host.stdout as Readable), untilEnd(host.stderr as Readable), status]);
      host.send(line);
      const [stdout, stderr, ended] = await Promise.race([output, died]);
      return { status: ended, stdout, stderr };
    },
    end: () => host.disconnect(),
  };
}

function untilEnd(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const listen = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (!text.endsWith(END_OF_OUTPUT)) return;
      stream.removeListener('data', listen);
      resolve(Buffer.from(text.slice(0, -END_OF_OUTPUT.length), 'latin1').toString('utf8'));
    };
    stream.on('data', listen);
  });
}
