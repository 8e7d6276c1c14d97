/** Flags and arguments that users of other tools and of the platform's client type, or omit. */

/** Global flags of the platform's client, each with a value. */
export const FOREIGN_FLAGS_WITH_VALUE: readonly string[] = ['--output', '-o', '--profile', '-p', '--api-url'];

const OUTPUT_FORMAT = 'Choose the output format with --format, as in: --format json';
const PLATFORM =
  "The flag belongs to the platform's client, which has the same name. attune uses no server: omit the flag.";
const VERSION = 'Print the version of attune with: attune --version';
const UPGRADE = 'Upgrade an installed pack with: attune pack upgrade REF';
const UPGRADE_ALL = 'Upgrade all packs with: attune pack upgrade';
const NO_PROMPT = 'The command prompts for no confirmation: omit the flag.';
const PER_USER = 'All packs are installed for the current user: omit the flag.';

/** What to do instead of a flag that a command does not have, by flag, or by command and flag. */
export const FLAG_HINTS: Readonly<Record<string, string>> = {
  '--output': OUTPUT_FORMAT,
  '-o': OUTPUT_FORMAT,
  '--profile': PLATFORM,
  '-p': PLATFORM,
  '--api-url': PLATFORM,
  '--version': VERSION,
  '-V': VERSION,
  'pack:install --version': 'Append the version to the ref, with: attune pack install REF@VERSION',
  'pack:upgrade --version': 'Append the version to the ref, with: attune pack upgrade REF@VERSION',
  'pack:upgrade --all': UPGRADE_ALL,
  'pack:upgrade -a': UPGRADE_ALL,
  'completion -s': 'Name the shell without a flag, with: attune completion SHELL',
  'completion --shell': 'Name the shell without a flag, with: attune completion SHELL',
  'pack:install --upgrade': UPGRADE,
  'pack:install -U': UPGRADE,
  'pack:install --no-deps': 'Did you mean: --skip-deps',
  'pack:install --yes': NO_PROMPT,
  'pack:upgrade --yes': NO_PROMPT,
  '--global': PER_USER,
  '-g': PER_USER,
};

/** What to do if a required argument is missing, by command and argument. */
export const ARGUMENT_HINTS: Readonly<Record<string, string>> = {
  // As in 'pip install -r FILE'; here, -r is --ref-spec.
  'pack:install source': 'Name a pack, or install the packs of a list with: attune pack sync FILE',
};
