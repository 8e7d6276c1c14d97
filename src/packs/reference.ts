import { fileURLToPath } from 'node:url';
import { shorten } from '../documents/problems.ts';
import { AttuneError, reasonOf } from '../errors.ts';
import { SafeUrl } from '../platform/safe-url.ts';
import { toNpmRange } from './npm-range.ts';
import { PACK_REF, REF_FORM } from './pack-ref.ts';

/** A parsed SOURCE argument (SPEC section 5). Paths and URLs are unchanged. */
export type Reference =
  /** `url` has no `git+` prefix; it is a path when it has neither scheme nor host. */
  | { readonly kind: 'git'; readonly url: string; readonly refSpec: string | undefined }
  | { readonly kind: 'archive'; readonly url: string }
  /** An http(s) URL whose type only the server knows. */
  | { readonly kind: 'web'; readonly url: string }
  | { readonly kind: 'path'; readonly path: string }
  /** `range` is `undefined` for the latest version. */
  | { readonly kind: 'registry'; readonly ref: string; readonly range: string | undefined };

export interface ReferenceOptions {
  /** `--ref-spec` */
  readonly refSpec: string | undefined;
  /** `--type` */
  readonly type: 'git' | 'archive' | 'directory' | 'registry' | undefined;
  /** True if Windows paths such as `C:\packs` are recognized. */
  readonly windows: boolean;
}

const ACCEPTED_FORMS = [
  'a pack in a registry: slack, slack@1.2.0, slack@latest, slack@^1.2',
  'a git repository: https://host/pack.git, git+https://host/pack, ssh://git@host/pack, git@host:pack',
  'an archive: https://host/pack-1.0.0.tar.gz, ./pack.zip',
  'a path: ./pack, /srv/pack, ~/pack, file:///srv/pack',
].join('; ');

/** A SOURCE argument that cannot be parsed. */
export class InvalidReference extends AttuneError {
  constructor(text: string, why: string, hint = `Write ${ACCEPTED_FORMS}.`) {
    const source = `${new SafeUrl(text)}`;
    super('USAGE', `'${shorten(source, 300)}' is not a valid pack source: ${why}.`, { facts: { source }, hint });
  }
}

/**
 * Parses a SOURCE argument by the five rules of SPEC section 5, in their order, without accessing the disk or network.
 * @throws InvalidReference
 */
export function parseReference(text: string, options: ReferenceOptions): Reference {
  if (text.trim() === '') throw new InvalidReference(text, 'it is empty');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression detects control characters
  if (/[\u0000-\u001f\u007f]/.test(text)) throw new InvalidReference(text, 'it contains a control character');
  if (options.refSpec?.trim() === '') throw new InvalidReference(text, 'the --ref-spec is empty');
  const form = formOf(text, options.windows);
  const type = options.type ?? impliedType(form, options);
  if (options.refSpec !== undefined && type !== 'git') throwRefSpecNotAllowed(text, type);
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
  | { readonly name: 'name' };

const SCHEMES = ['http:', 'https:', 'file:', 'ssh:', 'git+http:', 'git+https:', 'git+ssh:', 'git+file:'];
const ARCHIVE_SUFFIX = /\.(?:zip|tar\.gz|tgz|tar)$/i;

function formOf(text: string, windows: boolean): Form {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { name: 'url', url: parseUrl(text) };
  if (windows && /^[a-z]:/i.test(text)) return { name: 'path' };
  if (/^[^\s@/\\:]+@(?:\[[^\]/]+\]|[^\s@/\\:]+):./.test(text)) return { name: 'scp' };
  const separated = text.includes('/') || (windows && text.includes('\\'));
  return { name: separated || /^[.~]/.test(text) || ARCHIVE_SUFFIX.test(text) ? 'path' : 'name' };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url) throw new InvalidReference(text, 'it is not a URL');
  if (!SCHEMES.includes(url.protocol)) {
    throw new InvalidReference(text, `attune does not support the scheme ${url.protocol.slice(0, -1)}`);
  }
  return url;
}

function impliedType(form: Form, { refSpec }: ReferenceOptions): SourceType {
  if (form.name === 'scp') return 'git';
  if (form.name === 'name') return 'registry';
  if (refSpec !== undefined) return 'git';
  if (form.name === 'path') return 'directory';
  const { protocol, pathname } = form.url;
  if (protocol === 'ssh:' || protocol.startsWith('git+') || /\.git\/*$/.test(pathname)) return 'git';
  if (ARCHIVE_SUFFIX.test(pathname)) return 'archive';
  return protocol === 'file:' ? 'directory' : 'web';
}

type SourceType = 'git' | 'archive' | 'web' | 'directory' | 'registry';

function gitReference(text: string, form: Form, refSpec: string | undefined): Reference {
  if (form.name !== 'url') return { kind: 'git', url: text, refSpec };
  const url = text.replace(/^git\+/i, '').replace(/#.*$/, '');
  const fragment = fragmentOf(text, form.url);
  if (fragment !== undefined && refSpec !== undefined && fragment !== refSpec) {
    throw new InvalidReference(
      text,
      `its fragment selects '${fragment}', but --ref-spec is '${refSpec}'`,
      'Use only one of the two.',
    );
  }
  return { kind: 'git', url, refSpec: refSpec ?? fragment };
}

/** Returns the ref spec in a URL's fragment, as npm accepts it: `https://host/pack.git#v1.0`. */
function fragmentOf(text: string, { hash }: URL): string | undefined {
  try {
    return decodeURIComponent(hash.slice(1)) || undefined;
  } catch {
    throw new InvalidReference(text, 'its fragment is not properly escaped');
  }
}

function archiveReference(text: string, form: Form): Reference {
  if (form.name !== 'url' || /^(?:https?|file):$/.test(form.url.protocol)) return { kind: 'archive', url: text };
  throw new InvalidReference(text, `an archive cannot be downloaded over ${form.url.protocol.slice(0, -1)}`);
}

function webReference(text: string, form: Form): Reference {
  if (form.name !== 'url' || form.url.hash === '') return { kind: 'web', url: text };
  const hash = `${new SafeUrl(text)}`.replace(/^[^#]*/s, '');
  const hint = `To select a branch, tag or commit of a git repository, use --ref-spec ${hash.slice(1)}.`;
  throw new InvalidReference(text, `the fragment '${hash}' is not supported for this URL`, hint);
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
  if (!PACK_REF.test(ref)) throw new InvalidReference(text, ...explainInvalidRef(ref));
  if (range === undefined || range === 'latest') return { kind: 'registry', ref, range: undefined };
  if (range.trim() === '') throw new InvalidReference(text, "nothing follows the '@'");
  const npm = toNpmRange(range);
  if (npm === undefined) throw new InvalidReference(text, `'${range}' is not a version or a version range`);
  return { kind: 'registry', ref, range: npm };
}

function explainInvalidRef(ref: string): [why: string, hint?: string] {
  const why = `a ref consists of ${REF_FORM}`;
  const lower = ref.toLowerCase();
  return PACK_REF.test(lower) ? [why, `Did you mean '${lower}'? Otherwise write ${ACCEPTED_FORMS}.`] : [why];
}

function throwRefSpecNotAllowed(text: string, type: SourceType): never {
  const why =
    type === 'registry'
      ? '--ref-spec applies to git repositories, but this is the name of a pack in a registry'
      : `--ref-spec applies to git repositories and cannot be combined with --type ${type}`;
  const shown = `${new SafeUrl(text)}`;
  const hint =
    type === 'registry'
      ? `Write ${shown.replace(/@.*/s, '')}@<version> for a version, or the URL or path of a repository (./${shown} for a local directory).`
      : 'Use only one of the two.';
  throw new InvalidReference(text, why, hint);
}
