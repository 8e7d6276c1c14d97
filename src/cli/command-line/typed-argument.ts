import { SafeUrl } from '../../platform/safe-url.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';

/** Returns an argument for a message: a URL without its login, because messages may be logged. */
export function shownArgument(arg: string): string {
  return arg.includes('://') ? `${new SafeUrl(arg)}` : arg;
}

/** Returns arguments for a suggested command line, without the logins in URLs. */
export function suggestedArguments(args: readonly string[]): string[] {
  return args.map((arg) => quoteForShell(shownArgument(arg)));
}
