export interface Login {
  readonly user: string;
  readonly password: string;
}

/** The entry of a `.netrc` to find. */
export interface NetrcQuery {
  /** `undefined` for the default entry. */
  readonly host: string | undefined;
  /** The user name of the entry; empty for any. */
  readonly user?: string;
}

/**
 * Returns a login of a `.netrc` (the file of ftp(1), as git and curl read it): `machine`, `default`, `login`, `password` and
 * `account`, in any layout; macros are ignored. The first entry that matches wins.
 */
export function findNetrcLogin(text: string, { host, user: wanted = '' }: NetrcQuery): Login | undefined {
  let matches = false;
  let user: string | undefined;
  const tokens = removeMacros(text).match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === 'machine' || token === 'default') {
      matches = (token === 'default' ? undefined : unquote(tokens[++i])) === host;
      user = undefined;
    } else if (token === 'login') {
      const value = unquote(tokens[++i]);
      if (matches) user = value;
    } else if (token === 'password') {
      const password = unquote(tokens[++i]);
      const name = user ?? loginAfter(tokens, i);
      if (matches && (!wanted || name === undefined || name === wanted)) return { user: name ?? wanted, password };
    } else if (token === 'account') {
      i++;
    }
  }
  return undefined;
}

/** Returns the login that follows a password: the two may be in either order. */
function loginAfter(tokens: readonly string[], index: number): string | undefined {
  return tokens[index + 1] === 'login' ? unquote(tokens[index + 2]) : undefined;
}

function removeMacros(text: string): string {
  return text.replace(/^\s*#.*$/gm, '').replace(/^[^\S\n]*macdef[^\n]*\n(?:[^\n]*\S[^\n]*\n?)*/gm, '');
}

function unquote(token = ''): string {
  return token.startsWith('"') ? token.slice(1, -1).replace(/\\(.)/g, '$1') : token;
}
