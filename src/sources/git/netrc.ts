export interface Login {
  readonly user: string;
  readonly password: string;
}

/**
 * The login for a host in a `.netrc` (the file of ftp(1), as git and curl read it): `machine`, `default`, `login`,
 * `password` and `account`, in any layout; macros are passed over. The first machine of that name decides, else the
 * default.
 */
export function findNetrcLogin(text: string, host: string): Login | undefined {
  let here = false;
  let user: string | undefined;
  const words = withoutMacros(text).match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === 'machine' || word === 'default') {
      here = word === 'default' || unquoted(words[++at]) === host;
      user = undefined;
    } else if (word === 'login') {
      const value = unquoted(words[++at]);
      if (here) user = value;
    } else if (word === 'password') {
      const password = unquoted(words[++at]);
      if (here) return { user: user ?? userAfter(words, at) ?? '', password };
    } else if (word === 'account') {
      at++;
    }
  }
  return undefined;
}

/** A password may come before its login. */
function userAfter(words: readonly string[], at: number): string | undefined {
  return words[at + 1] === 'login' ? unquoted(words[at + 2]) : undefined;
}

function withoutMacros(text: string): string {
  return text.replace(/^\s*#.*$/gm, '').replace(/^[^\S\n]*macdef[^\n]*\n(?:[^\n]*\S[^\n]*\n?)*/gm, '');
}

function unquoted(word = ''): string {
  return word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word;
}
