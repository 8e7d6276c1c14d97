import { AttuneError } from '../../errors.ts';

/** The text is not a valid age or size. */
export class InvalidAmount extends AttuneError {
  constructor(what: string, text: string, hint: string) {
    super('USAGE', `'${text}' is not a valid ${what}.`, { facts: { value: text }, hint });
  }
}

const HOUR = 3_600_000;
const AGES: Readonly<Record<string, number>> = { m: 60_000, h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR };

/** Parses an age (`45m`, `12h`, `30d`, `2w`) and returns milliseconds. @throws InvalidAmount */
export function parseAge(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text.trim()) ?? [];
  const one = AGES[unit];
  if (amount === undefined || one === undefined) {
    throw new InvalidAmount('age', text, 'Write a number followed by m, h, d or w, for example 45m, 12h, 30d or 2w.');
  }
  return Number(amount) * one;
}

const POWERS = ['', 'k', 'm', 'g', 't'];

/**
 * Parses a size (`500MB`, `1.5GiB`, `2G`, `1000`) and returns whole bytes. Decimal units are powers of 1,000, units with
 * an `i` are powers of 1,024 (IEC 80000-13).
 * @throws InvalidAmount
 */
export function parseSize(text: string): number {
  const [, amount, power = '', binary] = /^(\d{1,15}(?:\.\d{1,9})?) ?([kmgt]?)(i?)b?$/i.exec(text.trim()) ?? [];
  if (amount === undefined || (binary && power === '')) {
    throw new InvalidAmount(
      'size',
      text,
      'Write a number of bytes, or a number followed by a unit, for example 500MB or 1.5GiB.',
    );
  }
  return Math.floor(Number(amount) * (binary ? 1024 : 1000) ** POWERS.indexOf(power.toLowerCase()));
}
