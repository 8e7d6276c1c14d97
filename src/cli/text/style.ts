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

type Variables = Readonly<Record<string, string | undefined>>;

/** Returns whether `FORCE_COLOR` or `CLICOLOR_FORCE` requests colors even where the output is not a terminal. */
export function forcesColor({ NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE }: Variables): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return !disablesColor(FORCE_COLOR);
  return Boolean(CLICOLOR_FORCE) && CLICOLOR_FORCE !== '0';
}

function disablesColor(forced: string): boolean {
  return forced === '0' || forced === 'false';
}

/**
 * Returns colored styles for terminals, and for other outputs where the environment forces colors. `--no-color`, a
 * `NO_COLOR` that is not empty and `FORCE_COLOR=0` disable them.
 */
export async function stylesFor(
  terminal: Pick<Terminal, 'outputIsTerminal' | 'errorIsTerminal'>,
  variables: Variables,
  noColor: boolean,
): Promise<Styles> {
  const { outputIsTerminal, errorIsTerminal } = terminal;
  const { NO_COLOR, FORCE_COLOR } = variables;
  const forced = forcesColor(variables);
  const disabled = noColor || NO_COLOR || (FORCE_COLOR && disablesColor(FORCE_COLOR));
  if (disabled || !(outputIsTerminal || errorIsTerminal || forced)) return { output: PLAIN, error: PLAIN };
  const { Chalk, supportsColor, supportsColorStderr } = await import('chalk');
  const styleOf = (isTerminal: boolean, supported: typeof supportsColor): Style => {
    // chalk derives an invalid level from a FORCE_COLOR that is not a number.
    if (forced) return new Chalk({ level: supported && supported.level > 0 ? supported.level : 1 });
    return isTerminal && supported ? new Chalk({ level: supported.level }) : PLAIN;
  };
  return {
    output: styleOf(outputIsTerminal, supportsColor),
    error: styleOf(errorIsTerminal, supportsColorStderr),
  };
}
