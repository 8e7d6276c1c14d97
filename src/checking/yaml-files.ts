import {
  type ComponentFile,
  FILE_KINDS,
  type FileKind,
  type PackModel,
  type YamlFile,
} from '../packs/components/pack-model.ts';

const KINDS = Object.keys(FILE_KINDS) as FileKind[];

/** Returns the component files of all kinds. */
export function allComponents({ components }: PackModel): ComponentFile[] {
  return KINDS.flatMap((kind) => components[kind]);
}

/** Returns the manifest, if it exists, and all component files. */
export function allYamlFiles(pack: PackModel): YamlFile[] {
  return [...(pack.manifest ? [pack.manifest] : []), ...allComponents(pack)];
}
