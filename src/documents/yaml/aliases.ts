import { EVENT_ID, type Event } from 'js-yaml';
import type { Limits } from '../../limits.ts';
import { offsetOf, type Refusal } from './outline.ts';

/** What a node would come to if every alias in it were written out. */
interface Weight {
  nodes: number;
  characters: number;
  /** Its end has not been seen: an alias to it from here is an alias to what it is in. */
  open: boolean;
}

/**
 * Weighs what the aliases of a document stand for, nested ones written out. Nodes are not enough to count: a long
 * string that is repeated often is a few nodes and, once the document is written as JSON, gigabytes. So the characters
 * that aliases repeat may not be more than a document may have.
 */
export function findAliasBomb(events: readonly Event[], text: string, limits: Limits): Refusal | undefined {
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
      if (target?.open) return circular(event);
      if (target) add(repeated, target);
      if (target) add(stack.at(-1), target);
      if (repeated.nodes > limits.yamlAliasedNodes || repeated.characters > limits.yamlBytes)
        return bomb(event, limits);
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

function circular(event: Event): Refusal {
  const hint = 'Write out what the alias stands for.';
  return { at: offsetOf(event) ?? 0, message: 'this alias leads back to what it is in', hint };
}

function bomb(event: Event, limits: Limits): Refusal {
  const allowed = `${limits.yamlAliasedNodes} nodes and ${limits.yamlBytes} characters`;
  const message = `up to here the aliases stand for more than ${allowed}`;
  return { at: offsetOf(event) ?? 0, message, hint: 'Use fewer aliases.' };
}
