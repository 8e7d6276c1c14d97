// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in config.yaml
import { type IndexSetting, indicesOverride } from '../../config/config.ts';
import { HEADER_NAME, REGISTRY_NAME, REGISTRY_NAME_RULE } from '../../config/config-file.ts';
import { addIndex } from '../../config/edit-config.ts';
import { AttuneError } from '../../errors.ts';
import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { indexUrl } from '../../registry/fetch/index-location.ts';
import type { Runtime } from '../runtime.ts';
import { changeConfig, type ListedConfig, listedConfig } from './change-config.ts';

export interface AddRegistryRequest {
  readonly name: string;
  /** https, http or file, or a path; it may hold `${NAME}`. */
  readonly url: string;
  readonly priority: number | undefined;
  /** Each `Name: value`. */
  readonly headers: readonly string[];
  readonly disabled: boolean;
  readonly lockTimeoutMs: number;
}

export interface AddedRegistry {
  readonly success: true;
  readonly name: string;
  /** Without user info. */
  readonly url: string;
  readonly priority: number;
  readonly enabled: boolean;
  /** How many it has; `null` where it was not asked. */
  readonly packs: number | null;
  readonly config_file: string;
  readonly warnings: readonly string[];
}

class InvalidRegistry extends AttuneError {
  constructor(message: string, hint: string, facts: Readonly<Record<string, unknown>>) {
    super('USAGE', message, { hint, facts });
  }
}

class RegistryExists extends AttuneError {
  constructor({ name, url }: IndexSetting, location: string) {
    const shown = `${new SafeUrl(url)}`;
    super('EXISTS_REGISTRY', `There is a registry '${name}' already (${shown}).`, {
      facts: { registry: name, url: shown, config_file: location },
      hint: `Choose another name, or take that one away first with: attune registry remove ${name}`,
    });
  }
}

class RegistryNotAdded extends AttuneError {
  constructor(name: string, why: AttuneError) {
    super(why.code, `The registry '${name}' was not added. ${why.message}`, {
      facts: why.facts,
      hint: `${(why.hint ?? 'Check it.').replace(/ To use another registry, .*$/s, '')} To add it without asking it, give --disabled --offline.`,
    });
  }
}

const DEFAULT_PRIORITY = 100;

/**
 * Adds a registry to `config.yaml`, once its index was read and found right.
 * @throws InvalidRegistry, RegistryExists, RegistryNotAdded, ConfigNotEditable; what `changeConfig` throws
 */
export async function addRegistry(request: AddRegistryRequest, runtime: Runtime): Promise<AddedRegistry> {
  const setting = settingOf(request, runtime);
  refuseTaken(setting, listedConfig(runtime));
  const packs = await ask(setting, runtime);
  warnOfSecrets(setting, runtime);
  warnOfOverride(runtime);
  const { name, url, priority, enabled, headers } = setting;
  const written = {
    name,
    url,
    ...(request.priority === undefined ? {} : { priority }),
    ...(enabled ? {} : { enabled }),
    ...(request.headers.length === 0 ? {} : { headers }),
  };
  const file = listedConfig(runtime).location;
  const change = (config: ListedConfig) => {
    refuseTaken(setting, config);
    return addIndex(config.bytes, config.location, written);
  };
  await changeConfig(change, request.lockTimeoutMs, runtime);
  const { warnings } = runtime.reporter;
  return { success: true, name, url: `${new SafeUrl(url)}`, priority, enabled, packs, config_file: file, warnings };
}

function settingOf(request: AddRegistryRequest, { environment }: Runtime): IndexSetting {
  const { name, url, priority = DEFAULT_PRIORITY, disabled } = request;
  if (!REGISTRY_NAME.test(name)) {
    throw new InvalidRegistry(
      `'${name}' cannot be the name of a registry: it ${REGISTRY_NAME_RULE}.`,
      'Choose another.',
      {
        name,
      },
    );
  }
  // The configuration is read from anywhere, so a path in it is an absolute one.
  const place = /^(?:[a-z][a-z0-9+.-]*:\/\/|\$\{)/i.test(url) ? url : expandPath(url, environment);
  return { name, url: place, priority, enabled: !disabled, headers: readHeaders(request.headers) };
}

function readHeaders(lines: readonly string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*):\s*([^\0\r\n]*)$/.exec(line) ?? [];
    if (!HEADER_NAME.test(name) || value === '') {
      throw new InvalidRegistry(
        `A --header is not of the form 'Name: value'${name === '' ? '' : ` ('${name}')`}.`,
        "Write it like --header 'Authorization: Bearer ${TOKEN}', in single quotes.",
        {},
      );
    }
    if ([...headers.keys()].some((other) => other.toLowerCase() === name.toLowerCase()))
      throw new InvalidRegistry(`The header '${name}' is given twice.`, 'Give it once.', { header: name });
    headers.set(name, value);
  }
  return Object.fromEntries(headers);
}

function refuseTaken({ name }: IndexSetting, { indices, location }: ListedConfig): void {
  const taken = indices.find((index) => index.name === name);
  if (taken) throw new RegistryExists(taken, location);
}

/** @returns how many packs it has; `null` where it is only written down for later */
async function ask(setting: IndexSetting, runtime: Runtime): Promise<number | null> {
  try {
    return (await (await runtime.registries()).refresh(setting)).packs;
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    if (setting.enabled || error.code !== 'NETWORK_OFFLINE') throw new RegistryNotAdded(setting.name, error);
    if (!setting.url.includes('${')) indexUrl(setting.url, runtime.environment.workingDirectory);
    runtime.reporter.note(`The registry '${setting.name}' was not asked whether it is there.`);
    return null;
  }
}

const SECRET_HEADER = /auth|token|key|secret|cookie|passw|credential|session/i;

function warnOfSecrets({ name, url, headers }: IndexSetting, { reporter }: Runtime): void {
  const advice = 'stands in config.yaml as it is; write ${NAME} in its place, and set that variable in the environment';
  for (const [header, value] of Object.entries(headers)) {
    if (SECRET_HEADER.test(header) && !value.includes('${')) {
      reporter.warn(`The secret in the header '${header}' of the registry '${name}' ${advice}.`);
    }
  }
  const login = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)@/i.exec(url)?.[1];
  if (login !== undefined && !login.includes('${'))
    reporter.warn(`The login in the URL of the registry '${name}' ${advice}.`);
}

/** What is written to the file has no effect while the variable is set. */
export function warnOfOverride({ environment, reporter }: Pick<Runtime, 'environment' | 'reporter'>): void {
  if (indicesOverride(environment) !== undefined)
    reporter.warn('ATTUNE_REGISTRY_INDICES is set and replaces the registries in config.yaml.');
}
