import type { Limits } from '../../../limits.ts';
import type { Reporter } from '../../../platform/reporter.ts';
import { locateJson } from './json.ts';
import { indexFileFormat, type LocatedIndex, type LocateOptions } from './located-index.ts';
import { locateYaml } from './yaml.ts';

/**
 * Reads and validates an index for editing or merging.
 * @param location the path or URL for messages
 * @param reporter receives one warning for each kind of older form
 * @throws IndexTooLarge; InvalidDocument that lists every problem with its position and its pack
 */
export function locateIndex(
  bytes: Uint8Array,
  location: string,
  limits: Limits,
  reporter: Reporter,
  options: Partial<LocateOptions> = {},
): LocatedIndex {
  const locate = indexFileFormat(location, bytes) === 'json' ? locateJson : locateYaml;
  return locate(bytes, location, limits, reporter, { remote: false, toleratesInvalid: false, ...options });
}
