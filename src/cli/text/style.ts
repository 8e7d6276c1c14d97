import type { Terminal } from '../../platform/terminal/terminal.ts';

/** Functions that style a text for a terminal, or return it unchanged. */
export type Style = Readonly<
  Record<'bold' | 'dim' | 'cyan' | 'green' | 'red' | 'yellow', (text: string | number) => string>
>;

export interface Styles {
  readonly output: Style;
  readonly error: Style;
}

const unstyled = (text: string | number) => String(text);

export const PLAIN: Style = {
  bold: unstyled,
  dim: unstyled,
  cyan: unstyled,
  green: unstyled,
  red: unstyled,
  yellow: unstyled,
};

/** Returns colored styles for terminals, unless `NO_COLOR` is set and not empty, or `--no-color` was given. */
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
