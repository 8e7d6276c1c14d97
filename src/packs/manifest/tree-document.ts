import type { SourceDocument } from '../../documents/source-document.ts';
import { throwIfTooLarge } from '../../documents/text.ts';
import { readYaml } from '../../documents/yaml/yaml.ts';
import type { Limits } from '../../limits.ts';
import { contentOf, type TreeFile } from '../tree/tree.ts';

/**
 * A YAML file of a pack; messages call it by its path in the pack. One that is too large is not even read.
 * @throws InvalidDocument, and whatever reading throws
 */
export function readTreeYaml(file: TreeFile, limits: Limits): SourceDocument {
  throwIfTooLarge(file.size, file.path, limits.yamlBytes);
  return readYaml(contentOf(file), file.path, limits);
}
