import { searchPath } from '../workspace/environment-variables.ts';

/** Where pip, uv and npm look for their configuration and caches, and how they reach servers. */
const PASSED_ON =
  /^(HOME|USERPROFILE|APPDATA|LOCALAPPDATA|XDG_(CONFIG|CACHE|DATA)_(HOME|DIRS)|NETRC|(HTTPS?|ALL|NO|FTP)_PROXY|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS|PIP_.*|UV_.*|NPM_CONFIG_(REGISTRY|USERCONFIG|GLOBALCONFIG|CACHE|PROXY|HTTPS_PROXY|NOPROXY|CA|CAFILE|STRICT_SSL|FETCH_.*|\/\/.*|@.*)|ASDF_.*|GOROOT|MISE_.*|NVM_DIR|PYENV_ROOT|PYENV_VERSION|VOLTA_HOME|COMSPEC|PATHEXT|SYSTEMDRIVE|SYSTEMROOT|WINDIR|NUMBER_OF_PROCESSORS)$/i;

/** Would have pip put its files elsewhere than into the environment. */
const TAKEN_AWAY =
  /^PIP_(TARGET|PREFIX|ROOT|USER|REQUIRE_VIRTUALENV|PYTHON|REQUIREMENT|EDITABLE|DRY_RUN|SRC|LOG)$|^UV_(PROJECT.*|PYTHON|TARGET|PREFIX|SYSTEM_PYTHON)$/i;

/**
 * The environment of a tool that fetches packages: the user's own settings of it, and none of their other secrets,
 * because the packages may run programs of theirs while they are built.
 */
export function buildVariables(
  variables: Readonly<Record<string, string | undefined>>,
  temporary: string,
): Record<string, string> {
  const passedOn = Object.entries(variables).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && PASSED_ON.test(entry[0]) && !TAKEN_AWAY.test(entry[0]),
  );
  return {
    ...Object.fromEntries(passedOn),
    PATH: searchPath(variables) ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TMPDIR: temporary,
    TEMP: temporary,
    TMP: temporary,
  };
}
