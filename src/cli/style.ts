import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from 'chalk';
import type { Terminal } from '../platform/terminal.ts';

export type Style = ChalkInstance;

export interface Styles {
  readonly output: Style;
  readonly error: Style;
}

/** Colour goes to terminals only, and not where `NO_COLOR` is set (to anything but nothing) or `--no-color` given. */
export function stylesFor(
  terminal: Terminal,
  variables: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): Styles {
  const plain = new Chalk({ level: 0 });
  if (noColor || variables['NO_COLOR']) return { output: plain, error: plain };
  return {
    output: terminal.outputIsTerminal && supportsColor ? new Chalk({ level: supportsColor.level }) : plain,
    error: terminal.errorIsTerminal && supportsColorStderr ? new Chalk({ level: supportsColorStderr.level }) : plain,
  };
}
