import { fileURLToPath } from 'node:url';
import validRange from 'semver/ranges/valid.js';
import { AttuneError } from '../errors.ts';
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
    super('USAGE', `'${text}' does not name a pack: ${why}.`, { facts: { source: text }, hint });
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
  const { type = impliedType(text, form, options) } = options;
  if (options.refSpec !== undefined && type !== 'git') refuseRefSpec(text, type);
  switch (type) {
    case 'git':
      return gitReference(text, form, options.refSpec);
    case 'archive':
      return { kind: 'archive', url: text };
    case 'web':
      return { kind: 'web', url: text };
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

function impliedType(text: string, form: Form, { refSpec }: ReferenceOptions): Implied {
  if (form.name === 'scp') return 'git';
  if (form.name === 'word') return 'registry';
  if (refSpec !== undefined) return 'git';
  if (form.name === 'path') return 'directory';
  const { protocol, pathname } = form.url;
  if (protocol === 'ssh:' || protocol.startsWith('git+') || /\.git\/*$/.test(pathname)) return 'git';
  if (ARCHIVE_SUFFIX.test(pathname)) return 'archive';
  return protocol === 'file:' ? 'directory' : 'web';
}
