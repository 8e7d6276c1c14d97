import type { Terminal } from '../../platform/terminal/terminal.ts';

/** Dresses a text for a terminal, or leaves it alone. */
export type Style = Readonly<
  Record<'bold' | 'dim' | 'cyan' | 'green' | 'red' | 'yellow', (text: string | number) => string>
>;

export interface Styles {
  readonly output: Style;
  readonly error: Style;
}

const same = (text: string | number) => String(text);

export const PLAIN: Style = { bold: same, dim: same, cyan: same, green: same, red: same, yellow: same };

/** Colour goes to terminals only, and not where `NO_COLOR` is set (to anything but nothing) or `--no-color` given. */
export async function stylesFor(
  terminal: Pick<Terminal, 'outputIsTerminal' | 'errorIsTerminal'>,
  variables: Readonly<Record<string, string | undefined>>,
  noColor: boolean,
): Promise<Styles> {
  const { outputIsTerminal, errorIsTerminal } = terminal;
  if (noColor || variables['NO_COLOR'] || !(outputIsTerminal || errorIsTerminal))
    return { output: PLAIN, error: PLAIN };
  const { Chalk, supportsColor, supportsColorStderr } = await import('chalk');
  return {
    output: outputIsTerminal && supportsColor ? new Chalk({ level: supportsColor.level }) : PLAIN,
    error: errorIsTerminal && supportsColorStderr ? new Chalk({ level: supportsColorStderr.level }) : PLAIN,
  };
}
