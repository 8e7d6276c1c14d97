/**
 * An address that cannot give its secrets away by accident. Logs, errors, templates, JSON and inspection all come to the
 * form without them; the address as it was given has to be asked for by name, which only those do that connect to it.
 */
import { conceal, secretsOfLogin, unescaped } from './redact.ts';

export class SafeUrl {
  readonly #real: string;
  readonly #shown: string;
  readonly #hide: (text: string) => string;

  /**
   * @param text a URL, the short form of ssh (`git@host:path`), a path, or anything else that somebody typed
   * @param hide takes what is secret besides logins and parameters (a token in the path, from a variable) out of a text
   */
  constructor(text: string, hide: (text: string) => string = asItIs) {
    this.#real = text;
    this.#hide = hide;
    this.#shown = hide(withoutSecretParameters(withoutLogin(text)));
  }

  /** Text is made safe; what is safe stays what it is. */
  static of(url: SafeUrl | string): SafeUrl {
    return typeof url === 'string' ? new SafeUrl(url) : url;
  }

  /** The address as it was given, secrets and all: for who connects to it, and for nobody else. */
  reveal(): string {
    return this.#real;
  }

  /** Where this address leads to, according to its server: what is hidden here is hidden there. */
  derive(text: string): SafeUrl {
    return new SafeUrl(text, this.#hide);
  }

  /** @param path begins with a slash, or is empty */
  below(path: string): SafeUrl {
    return this.derive(this.#real.replace(/\/+$/, '') + path);
  }

  /** The address that this one is `below`; `undefined` where it does not end in `path`. */
  above(path: string): SafeUrl | undefined {
    return this.#real.endsWith(path) ? this.derive(this.#real.slice(0, -path.length)) : undefined;
  }

  /**
   * What somebody else wrote, the page of a server say, without anything that is secret in this address.
   * @param others more that is secret
   */
  censor(text: string, others: readonly string[] = []): string {
    return conceal(
      this.#hide(text),
      [...secretsIn(this.#real), ...others].map((secret) => [secret, '…'] as const),
    );
  }

  get isWeb(): boolean {
    return /^https?:/i.test(this.#real);
  }

  /** Scheme, host and port. */
  get origin(): string | undefined {
    return URL.parse(this.#real)?.origin;
  }

  get hasLogin(): boolean {
    const { username = '', password = '' } = URL.parse(this.#real) ?? {};
    return username !== '' || password !== '';
  }

  toString(): string {
    return this.#shown;
  }

  toJSON(): string {
    return this.#shown;
  }

  /** What `console.log` and the messages of assertions show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `SafeUrl(${this.#shown})`;
  }
}

function asItIs(text: string): string {
  return text;
}

/** Anywhere: browsers also pass over control characters at the beginning. */
const SCHEME = /[a-z0-9+.-]:\/\//i;
/** To those who read addresses as browsers do, two slashes, one and none are the same, and spaces before it are nothing. */
const WEB = /^\s*(?:https?|ftp|wss?):/i;
/** Before the host of a URL, or of one within another, as mirrors have it: `https://mirror.example/https://host/x`. */
const LOGINS = /([a-z][a-z0-9+.-]*:\/\/)[^/?#\s]*@/gi;
const SSH = /^(?:git\+)?ssh(?:\+git)?:\/\//i;
/** The user's name is a part of such an address; a password is not. */
const SSH_PASSWORD = /^([^:]+:\/\/[^/?#:]*?)(?::|%3a)[^/?#]*@/i;
/** A login without a scheme before it, as in `ada:secret@host/x`; a drive of Windows has none. */
const BARE_LOGIN = /^[^/\\:@\s]+:[^/\\@\s]+@/;

/** What is kept is kept as it was written. Where that cannot be told apart, the normal form is shown, or less. */
function withoutLogin(text: string): string {
  if (SSH.test(text)) return text.replace(SSH_PASSWORD, '$1@');
  if (!SCHEME.test(text) && !WEB.test(text.replace(/[\t\n\r]/g, ''))) return text.replace(BARE_LOGIN, '');
  const shown = text.replace(LOGINS, '$1');
  const url = URL.parse(shown);
  // A password with a slash in it makes no URL, and everything before the last `@` may be a part of it.
  if (url === null) return shown.replace(/^([^:]*:\/*).*@/s, '$1');
  if (url.username === '' && url.password === '') return shown;
  url.username = '';
  url.password = '';
  return url.href;
}

const SECRET_NAME =
  /token|secret|passw|signature|credential|api[-_]?key|access[-_]?key|^(?:key|sig|auth|authorization|pwd|jwt|code)$/i;
const PARAMETER = /([?&#;])([^=&#;?]+)=([^&#;]*)/g;

/** Of a URL: in a path these signs mean nothing. */
function withoutSecretParameters(text: string): string {
  if (!SCHEME.test(text) && !WEB.test(text)) return text;
  return text.replace(PARAMETER, (pair, before: string, name: string) =>
    SECRET_NAME.test(unescaped(name)) ? `${before}${name}=…` : pair,
  );
}

function secretsIn(text: string): string[] {
  const { username = '', password = '' } = URL.parse(text) ?? {};
  const parameters = Array.from(text.matchAll(PARAMETER), ([, , name = '', value = '']) =>
    SECRET_NAME.test(unescaped(name)) ? value : '',
  );
  return [
    ...secretsOfLogin(username, password),
    ...secretsOfLogin(unescaped(username), unescaped(password)),
    ...parameters,
  ];
}
