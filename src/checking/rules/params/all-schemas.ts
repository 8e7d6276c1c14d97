import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { PackModel, YamlFile } from '../../../packs/components/pack-model.ts';
import { field } from '../../values.ts';
import { allComponents } from '../../yaml-files.ts';

export interface WrittenSchema {
  readonly file: YamlFile;
  /** `parameters`, `output` and so on. */
  readonly name: string;
  readonly node: YamlNode;
  /** True if callers or users supply the values, so that their validity matters. */
  readonly isInput: boolean;
}

const INPUTS = ['parameters', 'item_schema'];
const OUTPUTS = ['output', 'output_schema'];

/** Returns the schemas of a pack: those of components and the configuration. */
export function allSchemas(pack: PackModel): WrittenSchema[] {
  const components = allComponents(pack).filter(({ kind }) => kind !== 'permission_sets' && kind !== 'runtimes');
  const inComponents = components.flatMap((file) => [
    ...INPUTS.flatMap((name) => written(file, name, true)),
    ...OUTPUTS.flatMap((name) => written(file, name, false)),
  ]);
  const { manifest } = pack;
  const own = manifest ? ['conf_schema', 'config_schema'].flatMap((name) => written(manifest, name, true)) : [];
  return [...own, ...inComponents];
}

/** Rules keep their inputs in other fields; `parameters` has no effect there. */
function written(file: YamlFile & { readonly kind?: string }, name: string, isInput: boolean): WrittenSchema[] {
  const node = field(file.root, name);
  return node && node.value !== null && file.kind !== 'rules' ? [{ file, name, node, isInput }] : [];
}
