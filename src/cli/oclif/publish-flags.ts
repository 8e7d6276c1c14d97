import * as Flags from '@oclif/core/flags';
import type { InferredFlags } from '@oclif/core/interfaces';
import { AttuneError } from '../../errors.ts';
import type { PublishRequest } from '../../operations/publish/request.ts';

const REPOSITORY = 'registry-repo';

/** The flags of `pack publish`. */
export const publishFlags = {
  index: Flags.string({ char: 'i', summary: 'Add the version to this index file', helpValue: 'FILE' }),
  'registry-repo': Flags.string({
    summary: 'Add the version to the index in this git repository',
    helpValue: 'URL',
    exclusive: ['index'],
  }),
  branch: Flags.string({
    summary: 'Push to this branch [default: that of the repository]',
    helpValue: 'NAME',
    dependsOn: [REPOSITORY],
  }),
  'index-path': Flags.string({
    summary: 'The path of the index in the repository [default: index.json]',
    helpValue: 'PATH',
    dependsOn: [REPOSITORY],
  }),
  'archive-dir': Flags.string({
    summary: 'Write the archive to this directory',
    helpValue: 'DIRECTORY',
    dependsOn: ['archive-url'],
    exclusive: ['git-only'],
  }),
  'archive-url': Flags.string({
    summary: 'The URL of the archive, with {ref} and {version}',
    helpValue: 'TEMPLATE',
    dependsOn: ['archive-dir'],
    exclusive: ['git-only'],
  }),
  'git-only': Flags.boolean({ summary: 'Publish no archive, only the commit in the origin of the checkout' }),
  tag: Flags.boolean({ summary: 'Create the tag of the version, and push it to origin' }),
  create: Flags.boolean({ summary: 'Create the index if it does not exist' }),
  'registry-name': Flags.string({ summary: 'Set the registry name of a new index', helpValue: 'NAME' }),
  'registry-url': Flags.string({ summary: 'Set the registry URL of a new index', helpValue: 'URL' }),
  profile: Flags.option({
    options: ['local', 'standard'] as const,
    summary: 'Validate the index with this profile; standard keeps no earlier releases',
    default: 'local' as const,
  })(),
  'keep-releases': Flags.boolean({
    summary: 'Keep the earlier versions among the releases of the entry [default: with the profile local]',
    allowNo: true,
  }),
  author: Flags.string({
    summary: 'The author of the commit [default: from git]',
    helpValue: "'NAME <EMAIL>'",
    dependsOn: [REPOSITORY],
  }),
};

/** @param path the path of the pack @throws AttuneError USAGE without a registry or a source, and for a path out of the repository */
export function publishRequest(
  path: string,
  flags: InferredFlags<typeof publishFlags> & { readonly 'dry-run': boolean },
): PublishRequest {
  const { index, profile, tag, create, author } = flags;
  const keepReleases = flags['keep-releases'] ?? profile === 'local';
  if (keepReleases && profile === 'standard') {
    throw usage(
      '--keep-releases cannot be combined with --profile standard, which has no releases.',
      'Omit one of the two.',
    );
  }
  return {
    path,
    registry: index === undefined ? repository(flags) : { file: index },
    archive: archiveTarget(flags),
    tag,
    create,
    registryName: flags['registry-name'],
    registryUrl: flags['registry-url'],
    profile,
    keepReleases,
    author,
    dryRun: flags['dry-run'],
  };
}

type PublishFlags = InferredFlags<typeof publishFlags>;

function repository(flags: PublishFlags): Exclude<PublishRequest['registry'], { readonly file: string }> {
  const url = flags['registry-repo'];
  if (url === undefined || url === '') {
    throw usage(
      'No registry was named.',
      'Pass --index FILE for a local index, or --registry-repo URL for a git repository.',
    );
  }
  const indexPath = flags['index-path'] ?? 'index.json';
  const components = indexPath.split('/');
  if (components.some((name) => ['', '.', '..'].includes(name) || name.toLowerCase() === '.git')) {
    throw usage(`'${indexPath}' is not a path in a repository.`, 'Pass a relative path, such as packs/index.json.');
  }
  return { url, branch: flags.branch, indexPath };
}

function archiveTarget(flags: PublishFlags): PublishRequest['archive'] {
  const [directory, urlTemplate] = [flags['archive-dir'], flags['archive-url']];
  if (directory !== undefined && urlTemplate !== undefined) return { directory, urlTemplate };
  if (flags['git-only']) return undefined;
  throw usage(
    'The release requires a source: nothing says where its archive is published.',
    'Pass --archive-dir and --archive-url, or --git-only to publish the commit alone.',
  );
}

function usage(message: string, hint: string): AttuneError {
  return new AttuneError('USAGE', message, { hint });
}
