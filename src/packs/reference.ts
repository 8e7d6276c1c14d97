import { fileURLToPath } from 'node:url';
import validRange from 'semver/ranges/valid.js';
import { AttuneError, reasonOf } from '../errors.ts';
import { SafeUrl } from '../platform/safe-url.ts';
import { PACK_REF } from './pack-ref.ts';

/** What a word on the command line means as the source of a pack (SPEC section 5). Paths and URLs are as written. */
export type Reference =
  /** `url` without its `git+`; a path when no scheme and no host is in it. */
  | { readonly kind: 'git'; readonly url: string; readonly refSpec: string | undefined }
  | { readonly kind: 'archive'; readonly url: string }
  /** http(s), and it has to be asked what it is. */
  | { readonly kind: 'web'; readonly url: string }
  | { readonly kind: 'path'; readonly path: string }
  /** `range` is `undefined` for the latest version. */
  | { readonly kind: 'registry'; readonly ref: string; readonly range: string | undefined };

export interface ReferenceOptions {
  /** `--ref-spec` */
  readonly refSpec: string | undefined;
  /** `--type` */
  readonly type: 'git' | 'archive' | 'directory' | 'registry' | undefined;
  /** Whether `C:\packs` is a path. */
  readonly windows: boolean;
}

const FORMS = [
  'a pack in a registry: slack, slack@1.2.0, slack@latest, slack@^1.2',
  'a git repository: https://host/pack.git, git+https://host/pack, ssh://git@host/pack, git@host:pack',
  'an archive: https://host/pack-1.0.0.tar.gz, ./pack.zip',
  'a path: ./pack, /srv/pack, ~/pack, file:///srv/pack',
].join('; ');

export class InvalidReference extends AttuneError {
  constructor(text: string, why: string, hint = `Write ${FORMS}.`) {
    const source = `${new SafeUrl(text)}`;
    super('USAGE', `'${source}' does not name a pack: ${why}.`, { facts: { source }, hint });
  }
}

/**
 * Reads a SOURCE by the five rules of SPEC section 5, in their order, without a look at the disk or the network.
 * @throws InvalidReference
 */
export function parseReference(text: string, options: ReferenceOptions): Reference {
  if (text.trim() === '') throw new InvalidReference(text, 'it is empty');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new InvalidReference(text, 'it has a control character in it');
  if (options.refSpec?.trim() === '') throw new InvalidReference(text, 'the --ref-spec is empty');
  const form = formOf(text, options.windows);
  const type = options.type ?? impliedType(form, options);
  if (options.refSpec !== undefined && type !== 'git') refuseRefSpec(text, type);
  switch (type) {
    case 'git':
      return gitReference(text, form, options.refSpec);
    case 'archive':
      return archiveReference(text, form);
    case 'web':
      return webReference(text, form);
    case 'directory':
      return { kind: 'path', path: pathOf(text, form, options.windows) };
    case 'registry':
      return registryReference(text);
  }
}

type Form =
  | { readonly name: 'url'; readonly url: URL }
  /** `user@host:path`, git's short form of ssh. */
  | { readonly name: 'scp' }
  | { readonly name: 'path' }
  | { readonly name: 'word' };

const SCHEMES = ['http:', 'https:', 'file:', 'ssh:', 'git+http:', 'git+https:', 'git+ssh:', 'git+file:'];
const ARCHIVE_SUFFIX = /\.(?:zip|tar\.gz|tgz|tar)$/i;

function formOf(text: string, windows: boolean): Form {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { name: 'url', url: parseUrl(text) };
  if (windows && /^[a-z]:/i.test(text)) return { name: 'path' };
  if (/^[^\s@/\\:]+@(?:\[[^\]/]+\]|[^\s@/\\:]+):./.test(text)) return { name: 'scp' };
  const separated = text.includes('/') || (windows && text.includes('\\'));
  return { name: separated || /^[.~]/.test(text) || ARCHIVE_SUFFIX.test(text) ? 'path' : 'word' };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url) throw new InvalidReference(text, 'it is not a URL');
  if (!SCHEMES.includes(url.protocol)) {
    throw new InvalidReference(text, `attune does not speak ${url.protocol.slice(0, -1)}`);
  }
  return url;
}

function impliedType(form: Form, { refSpec }: ReferenceOptions): Implied {
  if (form.name === 'scp') return 'git';
  if (form.name === 'word') return 'registry';
  if (refSpec !== undefined) return 'git';
  if (form.name === 'path') return 'directory';
  const { protocol, pathname } = form.url;
  if (protocol === 'ssh:' || protocol.startsWith('git+') || /\.git\/*$/.test(pathname)) return 'git';
  if (ARCHIVE_SUFFIX.test(pathname)) return 'archive';
  return protocol === 'file:' ? 'directory' : 'web';
}

type Implied = 'git' | 'archive' | 'web' | 'directory' | 'registry';

function gitReference(text: string, form: Form, refSpec: string | undefined): Reference {
  if (form.name !== 'url') return { kind: 'git', url: text, refSpec };
  const url = text.replace(/^git\+/i, '').replace(/#.*$/, '');
  const fragment = fragmentOf(text, form.url);
  if (fragment !== undefined && refSpec !== undefined && fragment !== refSpec) {
    throw new InvalidReference(
      text,
      `it asks for '${fragment}' and --ref-spec for '${refSpec}'`,
      'Keep one of the two.',
    );
  }
  return { kind: 'git', url, refSpec: refSpec ?? fragment };
}

/** `https://host/pack.git#v1.0`, as npm has it. */
function fragmentOf(text: string, { hash }: URL): string | undefined {
  try {
    return decodeURIComponent(hash.slice(1)) || undefined;
  } catch {
    throw new InvalidReference(text, 'what follows its # is not properly escaped');
  }
}

function archiveReference(text: string, form: Form): Reference {
  if (form.name !== 'url' || /^(?:https?|file):$/.test(form.url.protocol)) return { kind: 'archive', url: text };
  throw new InvalidReference(text, `an archive cannot be had by ${form.url.protocol.slice(0, -1)}`);
}

function webReference(text: string, form: Form): Reference {
  if (form.name !== 'url' || form.url.hash === '') return { kind: 'web', url: text };
  const hash = `${new SafeUrl(text)}`.replace(/^[^#]*/s, '');
  const hint = `For a branch, a tag or a commit of a git repository give --ref-spec ${hash.slice(1)}.`;
  throw new InvalidReference(text, `'${hash}' has no meaning there`, hint);
}

function pathOf(text: string, form: Form, windows: boolean): string {
  if (form.name !== 'url') return text;
  try {
    return fileURLToPath(form.url, { windows });
  } catch (cause) {
    throw new InvalidReference(text, `it is not the URL of a directory on this machine (${reasonOf(cause)})`);
  }
}

function registryReference(text: string): Reference {
  const [, ref = '', range] = /^([^@]*)(?:@(.*))?$/s.exec(text) ?? [];
  if (!PACK_REF.test(ref)) throw new InvalidReference(text, ...whyNoRef(ref));
  if (range === undefined || range === 'latest') return { kind: 'registry', ref, range: undefined };
  if (range.trim() === '') throw new InvalidReference(text, "nothing follows the '@'");
  if (validRange(range) === null)
    throw new InvalidReference(text, `'${range}' is not a version or a range of versions`);
  return { kind: 'registry', ref, range };
}

function whyNoRef(ref: string): [why: string, hint?: string] {
  const why = 'a ref has lower-case letters, digits, _ and -, and begins with a letter';
  const lower = ref.toLowerCase();
  return PACK_REF.test(lower) ? [why, `Did you mean '${lower}'? Otherwise write ${FORMS}.`] : [why];
}

function refuseRefSpec(text: string, type: Implied): never {
  const why =
    type === 'registry'
      ? '--ref-spec is for git repositories, and this is the name of a pack in a registry'
      : `--ref-spec is for git repositories, not with --type ${type}`;
  const shown = `${new SafeUrl(text)}`;
  const hint =
    type === 'registry'
      ? `Write ${shown.replace(/@.*/s, '')}@<version> for a version, or the URL or path of a repository (./${shown} for a directory here).`
      : 'Leave out one of the two.';
  throw new InvalidReference(text, why, hint);
}
