// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in settings.yaml
import { indicesOverride } from '../../config/config.ts';
import { HEADER_NAME, REGISTRY_NAME, REGISTRY_NAME_RULE } from '../../config/config-file.ts';
import { addIndex } from '../../config/edit-config.ts';
import { isSecretHeader } from '../../config/settings.ts';
import type { IndexSetting } from '../../config/types.ts';
import { AttuneError } from '../../errors.ts';
import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { indexUrl } from '../../registry/fetch/index-location.ts';
import type { Runtime } from '../runtime.ts';
import { type RegistryConfig, readRegistryConfig, updateConfig } from './update-config.ts';

export interface AddRegistryRequest {
  readonly name: string;
  /** An https, http or file URL, or a path; may contain `${NAME}` references. */
  readonly url: string;
  readonly priority: number | undefined;
  /** Each in the form `Name: value`. */
  readonly headers: readonly string[];
  readonly disabled: boolean;
  readonly dryRun: boolean;
}

export type AddedRegistry = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly name: string;
  /** The URL without credentials. */
  readonly url: string;
  readonly priority: number;
  readonly enabled: boolean;
  /** The number of packs in the index; `null` if the registry was not contacted. */
  readonly packs: number | null;
  readonly config_file: string;
  readonly warnings: readonly string[];
};

class InvalidRegistry extends AttuneError {
  constructor(message: string, hint: string, facts: Readonly<Record<string, unknown>>) {
    super('USAGE', message, { hint, facts });
  }
}

class RegistryExists extends AttuneError {
  constructor({ name, url }: IndexSetting, location: string) {
    const shown = `${new SafeUrl(url)}`;
    super('EXISTS_REGISTRY', `A registry named '${name}' already exists (${shown}).`, {
      facts: { registry: name, url: shown, config_file: location },
      hint: `Choose another name, or remove the existing registry first with 'attune registry remove ${quoteForShell(name)}'.`,
    });
  }
}

class RegistryNotAdded extends AttuneError {
  constructor(name: string, why: AttuneError) {
    super(why.code, `The registry '${name}' was not added. ${why.message}`, {
      facts: why.facts,
      hint: `${(why.hint ?? 'Check the registry.').replace(/ To use another registry, .*$/s, '')} To add the registry without contacting it, pass --disabled --offline.`,
    });
  }
}

const DEFAULT_PRIORITY = 100;

/**
 * Adds a registry to `settings.yaml` after reading and validating its index.
 * @throws InvalidRegistry, RegistryExists, RegistryNotAdded, ConfigNotEditable; the errors of `updateConfig`
 */
export async function addRegistry(request: AddRegistryRequest, runtime: Runtime): Promise<AddedRegistry> {
  const setting = parseSetting(request, runtime);
  assertNameAvailable(setting, readRegistryConfig(runtime));
  const packs = await countPacks(setting, runtime);
  warnAboutSecrets(setting, runtime);
  warnAboutOverride(runtime);
  const { name, url, priority, enabled, headers } = setting;
  const written = {
    name,
    url,
    ...(request.priority === undefined ? {} : { priority }),
    ...(enabled ? {} : { enabled }),
    ...(request.headers.length === 0 ? {} : { headers }),
  };
  const file = readRegistryConfig(runtime).location;
  const change = (config: RegistryConfig) => {
    assertNameAvailable(setting, config);
    return addIndex(config.bytes, config.location, written);
  };
  await updateConfig(change, request, runtime);
  const { warnings } = runtime.reporter;
  const outcome = request.dryRun ? ({ dry_run: true } as const) : ({ success: true } as const);
  return { ...outcome, name, url: `${new SafeUrl(url)}`, priority, enabled, packs, config_file: file, warnings };
}

function parseSetting(request: AddRegistryRequest, { environment }: Runtime): IndexSetting {
  const { name, url, priority = DEFAULT_PRIORITY, disabled } = request;
  if (!REGISTRY_NAME.test(name)) {
    throw new InvalidRegistry(
      `'${name}' is not a valid registry name: it ${REGISTRY_NAME_RULE}.`,
      'Choose another name.',
      { name },
    );
  }
  // A path in the configuration must be absolute, because commands run in any working directory.
  const location = /^(?:[a-z][a-z0-9+.-]*:\/\/|\$\{)/i.test(url) ? url : expandPath(url, environment);
  return { name, url: location, priority, enabled: !disabled, headers: parseHeaders(request.headers) };
}

function parseHeaders(lines: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*):\s*([^\0\r\n]*)$/.exec(line) ?? [];
    if (!HEADER_NAME.test(name) || value === '') {
      throw new InvalidRegistry(
        `A --header value does not have the form 'Name: value'${name === '' ? '' : ` ('${name}')`}.`,
        "Pass it in single quotes, for example --header 'Authorization: Bearer ${TOKEN}'.",
        {},
      );
    }
    if ([...headers.keys()].some((other) => other.toLowerCase() === name.toLowerCase()))
      throw new InvalidRegistry(`The header '${name}' is given twice.`, 'Pass the header once.', { header: name });
    headers.set(name, value);
  }
  return Object.fromEntries(headers);
}

function assertNameAvailable({ name }: IndexSetting, { indices, location }: RegistryConfig): void {
  const existing = indices.find((index) => index.name === name);
  if (existing) throw new RegistryExists(existing, location);
}

/**
 * Reads the registry's index and returns the number of packs in it, or `null` for a disabled registry with `--offline`.
 * @throws RegistryNotAdded
 */
async function countPacks(setting: IndexSetting, runtime: Runtime): Promise<number | null> {
  try {
    return (await (await runtime.registries()).refresh(setting)).packs;
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    if (setting.enabled || error.code !== 'NETWORK_OFFLINE') throw new RegistryNotAdded(setting.name, error);
    if (!setting.url.includes('${')) indexUrl(setting.url, runtime.environment.workingDirectory);
    runtime.reporter.note(`The registry '${setting.name}' was not contacted.`);
    return null;
  }
}

/** Warns if a registry is configured with a secret in plain text. */
export function warnAboutSecrets({ name, url, headers }: IndexSetting, { reporter }: Pick<Runtime, 'reporter'>): void {
  const advice = 'is stored in settings.yaml in plain text; write ${NAME} instead, and set that environment variable';
  for (const [header, value] of Object.entries(headers)) {
    if (isSecretHeader(header, value)) {
      reporter.warn(`The secret in the header '${header}' of the registry '${name}' ${advice}.`);
    }
  }
  const login = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(url)?.[1];
  if (login !== undefined && !login.includes('${'))
    reporter.warn(`The login in the URL of the registry '${name}' ${advice}.`);
}

/** Warns if an environment variable overrides the registries in `settings.yaml`. */
export function warnAboutOverride({ environment, reporter }: Pick<Runtime, 'environment' | 'reporter'>): void {
  if (indicesOverride(environment) !== undefined)
    reporter.warn('ATTUNE_REGISTRY_INDICES is set and replaces the registries in settings.yaml.');
}
