/**
 * A URL that does not leak its secrets. String conversion, JSON, logs and inspection show the redacted form; only `reveal`
 * returns the original, for code that connects to it.
 */
import { decodePercent, loginSecrets, redact } from './redact.ts';

export class SafeUrl {
  readonly #original: string;
  readonly #shown: string;
  readonly #hide: (text: string) => string;

  /**
   * @param text a URL, the short form of ssh (`git@host:path`), a path, or any other user input
   * @param hide removes further secrets from a text, such as a token in the path that comes from a variable
   */
  constructor(text: string, hide: (text: string) => string = identity) {
    this.#original = text;
    this.#hide = hide;
    this.#shown = hide(withoutSecretParameters(withoutLogin(text)));
  }

  /** Wraps a string; returns a `SafeUrl` unchanged. */
  static of(url: SafeUrl | string): SafeUrl {
    return typeof url === 'string' ? new SafeUrl(url) : url;
  }

  /** Returns the original URL with its secrets. Only for code that connects to it. */
  reveal(): string {
    return this.#original;
  }

  /** Returns a URL that this one led to, such as a redirect target, with the same secrets hidden. */
  derive(text: string): SafeUrl {
    return new SafeUrl(text, this.#hide);
  }

  /** Appends a path. @param path starts with a slash, or is empty */
  append(path: string): SafeUrl {
    return this.derive(this.#original.replace(/\/+$/, '') + path);
  }

  /** Returns the URL without its user info. */
  withoutLogin(): SafeUrl {
    const url = URL.parse(this.#original);
    if (url === null || (url.username === '' && url.password === '')) return this;
    url.username = '';
    url.password = '';
    return this.derive(url.href);
  }

  /** Returns the URL that `path` was appended to; `undefined` if this URL does not end with `path`. */
  withoutSuffix(path: string): SafeUrl | undefined {
    return this.#original.endsWith(path) ? this.derive(this.#original.slice(0, -path.length)) : undefined;
  }

  /** Removes the secrets of this URL from a text, such as a server's error page. @param others further secrets */
  redact(text: string, others: readonly string[] = []): string {
    return redact(
      this.#hide(text),
      [...secretsIn(this.#original), ...others].map((secret) => [secret, '…'] as const),
    );
  }

  get isWeb(): boolean {
    return /^https?:/i.test(this.#original);
  }

  /** Scheme, host and port. */
  get origin(): string | undefined {
    return URL.parse(this.#original)?.origin;
  }

  toString(): string {
    return this.#shown;
  }

  toJSON(): string {
    return this.#shown;
  }

  /** Used by `console.log` and assertion messages. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `SafeUrl(${this.#shown})`;
  }
}

function identity(text: string): string {
  return text;
}

/** Matches anywhere, because browsers skip leading control characters. */
const SCHEME = /[a-z0-9+.-]:\/\//i;
/** WHATWG parsers ignore leading spaces and accept any number of slashes after these schemes. */
const WEB = /^\s*(?:https?|ftp|wss?):/i;
/** User info of a URL or of a nested URL, as mirrors use them: `https://mirror.example/https://user@host/x`. */
const LOGINS = /([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi;
const SSH = /^(?:git\+)?ssh(?:\+git)?:\/\//i;
/** The user name is part of an ssh address; a password is a secret. */
const SSH_PASSWORD = /^([^:]+:\/\/[^/?#:]*?)(?::|%3a)[^/?#]*@/i;
/**
 * A password with an unencoded `/`, `?` or `#`: URL parsers take its first part for a port, and the host for a part of the
 * path. Scopes (`/@scope`), versions (`name@1.2`) and digests (`name@sha256:...`) are ordinary parts of a path.
 */
const SPLIT_PASSWORD = /^([^:]*:\/\/)[^/?#]*:[^/?#]*[/?#].*[^/@]@(?!sha\d+:|v?\d+(?:\.\d+){0,2}(?![.\d]))(?=[^@]*$)/is;
/** User info without a scheme, as in `ada:secret@host/x`. A Windows drive does not match. */
const BARE_LOGIN = /^[^/\\:@\s]+:[^/\\@\s]+@/;

/** Removes user info and keeps the rest as written. Ambiguous input is normalized or shortened. */
function withoutLogin(text: string): string {
  if (SSH.test(text)) return text.replace(SSH_PASSWORD, '$1@');
  if (!SCHEME.test(text) && !WEB.test(text.replace(/[\t\n\r]/g, ''))) return text.replace(BARE_LOGIN, '');
  const shown = text.replace(LOGINS, '$1').replace(SPLIT_PASSWORD, '$1');
  const url = URL.parse(shown);
  // An unencoded slash in a password makes the URL invalid; everything before the last `@` may belong to the password.
  if (url === null) return shown.replace(/^([^:]*:\/*).*@/s, '$1');
  if (url.username === '' && url.password === '') return shown;
  url.username = '';
  url.password = '';
  return url.href;
}

const SECRET_NAME =
  /token|secret|passw|signature|credential|api[-_]?key|access[-_]?key|^(?:key|sig|auth|authorization|pwd|jwt|code)$/i;
const PARAMETER = /([?&#;])([^=&#;?]+)=([^&#;]*)/g;

/** Applies to URLs only: in a path these characters have no special meaning. */
function withoutSecretParameters(text: string): string {
  if (!SCHEME.test(text) && !WEB.test(text)) return text;
  return text.replace(PARAMETER, (pair, separator: string, name: string) =>
    SECRET_NAME.test(decodePercent(name)) ? `${separator}${name}=…` : pair,
  );
}

function secretsIn(text: string): string[] {
  const { username = '', password = '' } = URL.parse(text) ?? {};
  const parameters = Array.from(text.matchAll(PARAMETER), ([, , name = '', value = '']) =>
    SECRET_NAME.test(decodePercent(name)) ? value : '',
  );
  return [
    ...loginSecrets(username, password),
    ...loginSecrets(decodePercent(username), decodePercent(password)),
    ...parameters,
  ];
}
