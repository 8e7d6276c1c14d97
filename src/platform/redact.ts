/**
 * Replaces secrets in a text, such as a server's error page, in all usual encodings: plain, percent-encoded, base64,
 * HTML-escaped, and in any case.
 * @param secrets pairs of secret and replacement; empty secrets are ignored
 */
export function redact(text: string, secrets: Iterable<readonly [secret: string, replacement: string]>): string {
  // Longest first, so that no remainder is left of a secret that starts with another one.
  const known = [...secrets].filter(([secret]) => secret !== '').sort(([one], [other]) => other.length - one.length);
  if (known.length === 0) return text;
  const pattern = new RegExp(known.map(([secret]) => `(${patternOf(secret)})`).join('|'), 'gi');
  return text.replace(pattern, (_, ...groups) => known[groups.findIndex((group) => group !== undefined)]?.[1] ?? '…');
}

function patternOf(secret: string): string {
  const base64 = Buffer.from(secret).toString('base64');
  const forms = [
    secret,
    decodePercent(secret),
    encodeWith(encodeURI, secret),
    encodeWith(encodeURIComponent, secret),
    encodeAsPath(secret),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
  ];
  const distinct = [...new Set(forms)].filter((form) => form !== '').sort((one, other) => other.length - one.length);
  return distinct.map((form) => [...form].map(characterPattern).join('')).join('|');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

/** Returns a pattern for a character that also matches its HTML entities. */
function characterPattern(character: string): string {
  const code = character.charCodeAt(0);
  const name = ENTITIES[character];
  const plain = RegExp.escape(character);
  return name === undefined ? plain : `(?:&${name};|&#0*${code};|&#x0*${code.toString(16)};|${plain})`;
}

/** Encodes as a URL path, which keeps some characters that `encodeURI` encodes. Returns '' if `..` shortens the path. */
function encodeAsPath(text: string): string {
  const form = URL.parse(`http://h/${text}`)?.href.slice('http://h/'.length) ?? '';
  return form.length < text.length ? '' : form;
}

/** Returns '' for a lone surrogate, which has no encoded form. */
function encodeWith(encode: (text: string) => string, text: string): string {
  return text.isWellFormed() ? encode(text) : '';
}

/** Decodes percent-encoding. Returns the text unchanged if it contains an invalid escape. */
export function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns the strings that reveal a login: user, password, and both as sent in a header (RFC 7617). */
export function loginSecrets(user: string, password: string): string[] {
  return user === '' && password === '' ? [] : [user, password, `${user}:${password}`];
}
