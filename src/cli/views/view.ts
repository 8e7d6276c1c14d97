import type { Style } from '../text/style.ts';

/** Formats a result, whose strings are already safe for a terminal, as text. */
export type View<T> = (result: T, style: Style) => string;
