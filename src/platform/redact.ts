/**
 * A text (a server's page, a message) with something else in place of each secret, in whatever form others write it down:
 * as it is, percent-encoded, in base64, escaped for HTML, in capitals.
 * @param secrets what stands in for each; empty ones are nothing
 */
export function conceal(text: string, secrets: Iterable<readonly [secret: string, instead: string]>): string {
  // The longest first: of a secret that begins with another, no end is left over.
  const known = [...secrets].filter(([secret]) => secret !== '').sort(([one], [other]) => other.length - one.length);
  if (known.length === 0) return text;
  const pattern = new RegExp(known.map(([secret]) => `(${patternOf(secret)})`).join('|'), 'gi');
  return text.replace(pattern, (_, ...groups) => known[groups.findIndex((group) => group !== undefined)]?.[1] ?? '…');
}

function patternOf(secret: string): string {
  const base64 = Buffer.from(secret).toString('base64');
  const forms = [
    secret,
    unescaped(secret),
    escapedBy(encodeURI, secret),
    escapedBy(encodeURIComponent, secret),
    inPath(secret),
    base64,
    base64.replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
  ];
  const distinct = [...new Set(forms)].filter((form) => form !== '').sort((one, other) => other.length - one.length);
  return distinct.map((form) => [...form].map(signInHtml).join('')).join('|');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };

function signInHtml(sign: string): string {
  const code = sign.charCodeAt(0);
  const name = ENTITIES[sign];
  const plain = RegExp.escape(sign);
  return name === undefined ? plain : `(?:&${name};|&#0*${code};|&#x0*${code.toString(16)};|${plain})`;
}

/** In the path of a URL some signs stay what they are that `encodeURI` encodes. What leads upwards is not looked for. */
function inPath(text: string): string {
  const form = URL.parse(`http://h/${text}`)?.href.slice('http://h/'.length) ?? '';
  return form.length < text.length ? '' : form;
}

/** Half of a surrogate pair has no such form. */
function escapedBy(encode: (text: string) => string, text: string): string {
  return text.isWellFormed() ? encode(text) : '';
}

/** What was typed may hold a per cent sign that is no escape, and is then meant as it stands. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What gives a login away: each part of it, and both as they are sent (RFC 7617). */
export function secretsOfLogin(user: string, password: string): string[] {
  return user === '' && password === '' ? [] : [user, password, `${user}:${password}`];
}
