import { AttuneError } from '../../errors.ts';

/** Words that should be an age or a size and are not. */
export class UnreadableAmount extends AttuneError {
  constructor(what: string, text: string, hint: string) {
    super('USAGE', `'${text}' is no ${what}.`, { facts: { value: text }, hint });
  }
}

const HOUR = 3_600_000;
const AGES: Readonly<Record<string, number>> = { m: 60_000, h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR };

/** `45m`, `12h`, `30d`, `2w` in milliseconds. @throws UnreadableAmount */
export function parseAge(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text.trim()) ?? [];
  const one = AGES[unit];
  if (amount === undefined || one === undefined) {
    throw new UnreadableAmount('age', text, 'Write a number and m, h, d or w: 45m, 12h, 30d, 2w.');
  }
  return Number(amount) * one;
}

const POWERS = ['', 'k', 'm', 'g', 't'];

/**
 * `500MB`, `1.5GiB`, `2G`, `1000` in bytes, whole ones. A unit is a thousand of the one before, with an `i` in it 1,024,
 * as the International System has it (IEC 80000-13).
 * @throws UnreadableAmount
 */
export function parseSize(text: string): number {
  const [, amount, power = '', binary] = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? [];
  if (amount === undefined || (binary && power === '')) {
    throw new UnreadableAmount('size', text, 'Write bytes, or a number and a unit: 500MB, 1.5GiB.');
  }
  return Math.floor(Number(amount) * (binary ? 1024 : 1000) ** POWERS.indexOf(power.toLowerCase()));
}
