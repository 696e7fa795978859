/**
 * The tables of keys, here and nowhere else: what each does, where, and the words the help view prints.
 *
 * Enter goes deeper (list, tree, hex) and Esc comes back, since Tab changes the view as in the other views.
 * Left and Right fold in the tree, as in every tree, and go to the neighbouring pane where nothing folds; in the
 * hex pane they move by a byte.
 */
import type { ViewName } from './state.js';

export type Command =
  | 'quit'
  | 'help'
  | 'ways'
  | 'packets'
  | 'flows'
  | 'next-view'
  | 'previous-view'
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'first'
  | 'last'
  | 'left'
  | 'right'
  | 'enter'
  | 'back'
  | 'freeze'
  | 'clear'
  | 'copy'
  | 'zoom'
  | 'filter'
  | 'filter-this'
  | 'search'
  | 'next-match'
  | 'previous-match'
  | 'sort'
  | 'reverse';

/** What keys do while text is typed at the bottom of the screen. */
export type LineCommand =
  | 'apply'
  | 'leave'
  | 'older'
  | 'newer'
  | 'complete'
  | 'left'
  | 'right'
  | 'start'
  | 'end'
  | 'erase-left'
  | 'erase-right'
  | 'erase-word'
  | 'erase-before'
  | 'erase-after';

export interface Binding<Name extends string = Command> {
  readonly command: Name;
  /** As keyName() spells them. */
  readonly keys: readonly string[];
  /** As people know them. */
  readonly label: string;
  /** Views it works in; [] for all. */
  readonly views: readonly ViewName[];
  readonly help: string;
}

const bind = (
  command: Command,
  keys: readonly string[],
  label: string,
  help: string,
  views: readonly ViewName[] = [],
): Binding => ({ command, keys, label, views, help });

export const keymap: readonly Binding[] = [
  bind('quit', ['q', 'C-c'], 'q Ctrl-C', 'quit'),
  bind('help', ['?', 'h'], '? h', 'this help'),
  bind('ways', ['1'], '1', 'Ways: how packets got here'),
  bind('packets', ['2'], '2', 'Packets: list, protocol tree, bytes'),
  bind('flows', ['3'], '3', 'Flows: who talks to whom'),
  bind('next-view', ['tab'], 'Tab', 'next view'),
  bind('previous-view', ['S-tab'], 'Shift-Tab', 'previous view'),
  bind('down', ['j', 'down'], 'j ↓', 'down; in Ways, selecting a way filters the other views to it'),
  bind('up', ['k', 'up'], 'k ↑', 'up'),
  bind('page-down', ['pagedown', 'C-f'], 'PgDn Ctrl-F', 'a page down'),
  bind('page-up', ['pageup', 'C-b'], 'PgUp Ctrl-B', 'a page up'),
  bind('first', ['g', 'home'], 'g Home', 'first row'),
  bind('last', ['G', 'end'], 'G End', 'last row; in Packets, follow the newest'),
  bind('enter', ['enter'], 'Enter', 'deeper: way or flow to its packets; list, tree, bytes'),
  bind('back', ['escape'], 'Esc', 'back; then without the filter, then without the way'),
  bind('filter', ['/'], '/', 'filter Packets and Flows; an empty filter shows all'),
  bind('filter-this', ['='], '=', 'filter for the selected way, flow, or flow of a packet'),
  bind('right', ['right'], '→', 'unfold; to the pane on the right; next byte', ['packets']),
  bind('left', ['left'], '←', 'fold; to the pane on the left; previous byte', ['packets']),
  bind('zoom', ['\\'], '\\', 'zoom the pane, and back', ['packets']),
  bind('search', ['C-s'], 'Ctrl-S', 'search the text of the list, hiding nothing', ['packets']),
  bind('next-match', ['n'], 'n', 'next match of the search, or of the filter', ['packets']),
  bind('previous-match', ['N'], 'N', 'previous match', ['packets']),
  bind('sort', ['s'], 's', 'sort by the next column', ['flows']),
  bind('reverse', ['S'], 'S', 'reverse the order', ['flows']),
  bind('freeze', ['space'], 'Space', 'freeze the picture, and go on; capture never stops'),
  bind('copy', ['y'], 'y', 'copy the selected row or field to the clipboard (OSC 52)'),
  bind('clear', ['x'], 'x x', 'clear every counter, forget packets and flows'),
];

const lineBind = (
  command: LineCommand,
  keys: readonly string[],
  label: string,
  help: string,
): Binding<LineCommand> => ({ command, keys, label, views: [], help });

/** The first ones are also shown below the filter line. */
export const lineKeymap: readonly Binding<LineCommand>[] = [
  lineBind('apply', ['enter'], 'Enter', 'apply'),
  lineBind('leave', ['escape'], 'Esc', 'leave as it was'),
  lineBind('older', ['up', 'C-p'], '↑', 'earlier filter'),
  lineBind('complete', ['tab'], 'Tab', 'complete the word'),
  lineBind('newer', ['down', 'C-n'], '↓', 'later filter'),
  lineBind('left', ['left', 'C-b'], '←', 'left by a character'),
  lineBind('right', ['right', 'C-f'], '→', 'right by a character'),
  lineBind('start', ['home', 'C-a'], 'Home Ctrl-A', 'to the start'),
  lineBind('end', ['end', 'C-e'], 'End Ctrl-E', 'to the end'),
  lineBind('erase-left', ['backspace', 'C-h'], 'Backspace', 'erase the character before the cursor'),
  lineBind('erase-right', ['delete', 'C-d'], 'Del Ctrl-D', 'erase the character under the cursor'),
  lineBind('erase-word', ['C-w'], 'Ctrl-W', 'erase the word before the cursor'),
  lineBind('erase-before', ['C-u'], 'Ctrl-U', 'erase all before the cursor'),
  lineBind('erase-after', ['C-k'], 'Ctrl-K', 'erase all from the cursor on'),
];

/** How many of lineKeymap are worth telling while a filter is typed. */
export const lineKeysTold = 4;

/** What the mouse does, for the help view. */
export const mouseHelp: readonly (readonly [string, string])[] = [
  ['click', 'select a row, field, byte or tab'],
  ['double click', 'as Enter'],
  ['wheel', 'scroll what is under the pointer'],
];

/** The command of a key in a view, or null. */
export function commandOf(key: string, view: ViewName): Command | null {
  const found = keymap.find(
    (one) => one.keys.includes(key) && (one.views.length === 0 || one.views.includes(view)),
  );
  return found?.command ?? null;
}

/** The command of a key while text is typed, or null. */
export function lineCommandOf(key: string): LineCommand | null {
  return lineKeymap.find((one) => one.keys.includes(key))?.command ?? null;
}
