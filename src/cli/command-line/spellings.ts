/**
 * What users of other package managers and of the platform's client type. The platform's client has the same name as attune and
 * many of the same commands; its other commands need the platform's server.
 */

/** Other names of commands, as ids. They work like the commands, are completed, and are not listed in the help. */
export const ALIASES: Readonly<Record<string, string>> = {
  'pack:ls': 'pack:list',
  'pack:rm': 'pack:uninstall',
  'pack:remove': 'pack:uninstall',
  'pack:info': 'pack:show',
  'pack:update': 'pack:upgrade',
  'pack:add': 'pack:install',
  install: 'pack:install',
  uninstall: 'pack:uninstall',
  upgrade: 'pack:upgrade',
  list: 'pack:list',
  search: 'pack:search',
  show: 'pack:show',
  test: 'pack:test',
  run: 'pack:run',
  'pack:registries': 'registry:list',
  'pack:index:list': 'registry:list',
  'pack:index:show': 'pack:show',
  'pack:index:browse': 'pack:search',
};

/** A command of attune that does what another program's command does. */
export interface Equivalent {
  /** What the command does, as an imperative. */
  readonly does: string;
  /** The id of the command. It is mentioned only if attune has it. */
  readonly command: string;
  /** Placeholders of its arguments; without them, the arguments are those that were typed. */
  readonly args?: string;
}

const INSTALL: Equivalent = { does: 'Install the pack on this machine', command: 'pack:install' };
const COMPONENTS: Equivalent = {
  does: 'List the components of an installed pack',
  command: 'pack:show',
  args: 'REF',
};

/**
 * Commands and topics of the platform's client that need its server, with the commands of attune that do the same. The entry with
 * the most arguments applies.
 */
export const SERVER_COMMANDS: Readonly<Record<string, readonly Equivalent[]>> = {
  auth: [],
  action: [],
  'action:execute': [{ does: 'Run the action on this machine', command: 'pack:run' }],
  'action:list': [COMPONENTS],
  'action:show': [COMPONENTS],
  artifact: [],
  audit: [],
  'cache:entry': [],
  execution: [],
  iam: [],
  identity: [],
  inquiry: [],
  key: [],
  permission: [],
  policy: [],
  queue: [],
  rule: [],
  'rule:list': [COMPONENTS],
  'rule:show': [COMPONENTS],
  run: [],
  sensor: [],
  'sensor:list': [COMPONENTS],
  'sensor:show': [COMPONENTS],
  trigger: [],
  'trigger:list': [COMPONENTS],
  'trigger:show': [COMPONENTS],
  workflow: [],
  'workflow:list': [COMPONENTS],
  'workflow:show': [COMPONENTS],
  'workflow:upload': [{ ...INSTALL, does: 'Install the pack with the workflow', args: 'PATH' }],
  'pack:upload': [INSTALL],
  'pack:register': [INSTALL],
  'pack:index:add': [{ does: 'Add a registry on this machine', command: 'registry:add', args: 'NAME URL' }],
  'pack:index:update': [
    { does: 'Remove a registry on this machine', command: 'registry:remove', args: 'NAME' },
    { does: 'Add it again', command: 'registry:add', args: 'NAME URL' },
  ],
  'pack:index:delete': [
    { does: 'Remove a registry on this machine', command: 'registry:remove', args: 'NAME' },
    { does: 'List the names of the registries', command: 'registry:list', args: '' },
  ],
};

/** The commands that do what a command with several equivalents does. */
export const SEVERAL_EQUIVALENTS: Readonly<Record<string, readonly Equivalent[]>> = {
  'pack:index': [
    { does: 'List the registries', command: 'registry:list', args: '' },
    { does: 'Search their packs', command: 'pack:search', args: '' },
  ],
  login: [{ does: 'Add a registry, with --header for credentials,', command: 'registry:add', args: 'NAME URL' }],
};

/** Words for topics that other programs use. */
export const TOPIC_SYNONYMS: Readonly<Record<string, string>> = {
  packs: 'pack',
  package: 'pack',
  packages: 'pack',
  pkg: 'pack',
  collection: 'pack',
  role: 'pack',
  plugin: 'pack',
  extension: 'pack',
  pip: 'pack',
  repo: 'registry',
  repos: 'registry',
  repository: 'registry',
  registries: 'registry',
  index: 'registry',
  source: 'registry',
  database: 'db',
  settings: 'config',
  configuration: 'config',
};

/** Words for commands that other programs use. In a topic, they are searched there; otherwise the first entry applies. */
export const COMMAND_SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  'pack:list': ['ls', 'packs', 'installed'],
  'pack:install': ['add', 'i', 'in', 'get', 'pull', 'download', 'fetch', 'reinstall'],
  'pack:uninstall': ['rm', 'remove', 'delete', 'del', 'un', 'erase', 'purge'],
  'pack:upgrade': ['update', 'up'],
  'pack:show': ['info', 'view', 'describe', 'inspect', 'versions', 'details'],
  'pack:search': ['find', 'browse', 'query'],
  'pack:checksum': ['hash', 'digest', 'sha256', 'sha256sum'],
  'pack:tree': ['deps', 'dependencies', 'why', 'explain', 'graph'],
  'pack:verify': ['status', 'diff'],
  'pack:history': ['log', 'events'],
  'pack:rollback': ['undo', 'revert', 'downgrade'],
  'pack:pin': ['hold'],
  'pack:unpin': ['unhold', 'unlock'],
  'pack:check': ['lint'],
  'pack:create': ['init', 'new', 'scaffold'],
  'pack:index-validate': ['validate'],
  'pack:publish': ['publish', 'push'],
  'pack:index-update': ['publish', 'push'],
  'pack:lock': ['freeze', 'export', 'shrinkwrap'],
  'pack:sync': ['ci', 'apply'],
  'pack:repair': ['fix', 'restore'],
  'registry:add': ['login', 'create', 'install'],
  'registry:list': ['ls', 'registries', 'repos', 'show', 'get', 'info'],
  'registry:remove': ['rm', 'delete', 'del', 'uninstall', 'logout'],
  'registry:refresh': ['update', 'up', 'upgrade', 'sync', 'fetch', 'pull'],
  'pack:autoremove': ['prune'],
  'cache:info': ['ls', 'list', 'show', 'dir', 'size', 'path', 'verify', 'stats'],
  'cache:prune': ['clean', 'clear', 'purge', 'delete', 'rm', 'remove', 'gc'],
  'config:list': ['ls', 'show', 'view', 'env'],
  'config:get': ['cat', 'read'],
  'config:set': ['add', 'edit', 'write'],
  'config:unset': ['rm', 'remove', 'delete', 'del'],
  'config:path': ['file', 'where', 'dir'],
  'db:backup': ['dump', 'save'],
  'db:restore': ['import', 'load'],
  doctor: ['diagnose', 'ping'],
  completion: ['completions', 'autocomplete'],
};

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
