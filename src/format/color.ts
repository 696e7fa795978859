/**
 * Colours of a terminal line, when they are wanted at all. No meaning is carried by colour alone.
 */

const codes = { red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36, dim: 2, bold: 1 } as const;
export type ColorName = keyof typeof codes;

/** Wraps text in a colour. */
export type Paint = (color: ColorName, text: string) => string;

export const plain: Paint = (_color, text) => text;

/** SGR sequences (ECMA-48 8.3.117). */
export const ansi: Paint = (color, text) => `\u001b[${codes[color]}m${text}\u001b[0m`;
