import { searchPath } from '../workspace/environment-variables.ts';

/** Variables that locate the configuration and caches of pip, uv and npm, and that configure network access. */
const INCLUDED =
  /^(HOME|USERPROFILE|APPDATA|LOCALAPPDATA|XDG_(CONFIG|CACHE|DATA)_(HOME|DIRS)|NETRC|(HTTPS?|ALL|NO|FTP)_PROXY|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS|PIP_.*|UV_.*|NPM_CONFIG_(REGISTRY|USERCONFIG|GLOBALCONFIG|CACHE|PROXY|HTTPS_PROXY|NOPROXY|CA|CAFILE|STRICT_SSL|FETCH_.*|\/\/.*|@.*)|ASDF_.*|GOROOT|MISE_.*|NVM_DIR|PYENV_ROOT|PYENV_VERSION|VOLTA_HOME|COMSPEC|PATHEXT|SYSTEMDRIVE|SYSTEMROOT|WINDIR|NUMBER_OF_PROCESSORS)$/i;

/** Variables that would make pip or uv install outside the environment. */
const EXCLUDED =
  /^PIP_(TARGET|PREFIX|ROOT|USER|REQUIRE_VIRTUALENV|PYTHON|REQUIREMENT|EDITABLE|DRY_RUN|SRC|LOG)$|^UV_(PROJECT.*|PYTHON|TARGET|PREFIX|SYSTEM_PYTHON)$/i;

/**
 * Returns the environment variables of a tool that downloads packages: the user's settings of that tool, but no other
 * secrets, because packages may run code while they are built.
 */
export function buildVariables(
  variables: Readonly<Record<string, string | undefined>>,
  temporary: string,
): Record<string, string> {
  const included = Object.entries(variables).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && INCLUDED.test(entry[0]) && !EXCLUDED.test(entry[0]),
  );
  return {
    ...Object.fromEntries(included),
    PATH: searchPath(variables) ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TMPDIR: temporary,
    TEMP: temporary,
    TMP: temporary,
  };
}
