import { EVENT_ID, type Event } from 'js-yaml';
import type { Limits } from '../../limits.ts';
import { offsetOf, type Violation } from './outline.ts';

/** The size of a node with every alias in it expanded. */
interface Weight {
  nodes: number;
  characters: number;
  /** True if the node's end has not been reached: an alias to it would be circular. */
  open: boolean;
}

/**
 * Computes the expanded size of a document's aliases, nested ones included, and reports the alias that exceeds the
 * limits. Counting nodes is not enough: a long string that is repeated often is only a few nodes, but gigabytes when the
 * document is written as JSON. So the characters that aliases repeat are limited to `yamlBytes`.
 */
export function findAliasBomb(events: readonly Event[], text: string, limits: Limits): Violation | undefined {
  const anchors = new Map<string, Weight>();
  const stack: Weight[] = [];
  const repeated = { nodes: 0, characters: 0 };
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      close(stack);
      continue;
    }
    if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
      if (target?.open) return circularAlias(event);
      if (target) add(repeated, target);
      if (target) add(stack.at(-1), target);
      if (repeated.nodes > limits.yamlAliasedNodes || repeated.characters > limits.yamlBytes)
        return aliasBomb(event, limits);
      continue;
    }
    const weight = weightOf(event);
    if ('anchorStart' in event && event.anchorStart >= 0)
      anchors.set(text.slice(event.anchorStart, event.anchorEnd), weight);
    if (weight.open) stack.push(weight);
    else add(stack.at(-1), weight);
  }
  return undefined;
}

function weightOf(event: Event): Weight {
  const scalar = event.type === EVENT_ID.SCALAR;
  return { nodes: 1, characters: scalar ? event.valueEnd - event.valueStart : 0, open: !scalar };
}

function close(stack: Weight[]): void {
  const done = stack.pop();
  if (!done) return;
  done.open = false;
  add(stack.at(-1), done);
}

function add(sum: Pick<Weight, 'nodes' | 'characters'> | undefined, part: Weight): void {
  if (!sum) return;
  sum.nodes += part.nodes;
  sum.characters += part.characters;
}

function circularAlias(event: Event): Violation {
  const hint = 'Replace the alias with its value.';
  return { offset: offsetOf(event) ?? 0, message: 'this alias refers to a value that contains it', hint };
}

function aliasBomb(event: Event, limits: Limits): Violation {
  const allowed = `${limits.yamlAliasedNodes} nodes and ${limits.yamlBytes} characters`;
  const message = `up to here the aliases expand to more than ${allowed}`;
  return { offset: offsetOf(event) ?? 0, message, hint: 'Use fewer aliases.' };
}
