/**
 * The one table of keys: what each does, where, and the words the help view prints.
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
  | 'search'
  | 'next-match'
  | 'previous-match'
  | 'sort'
  | 'reverse';

export interface Binding {
  readonly command: Command;
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
  bind('back', ['escape'], 'Esc', 'back; then show all again'),
  bind('right', ['right'], '→', 'unfold; to the pane on the right; next byte', ['packets']),
  bind('left', ['left'], '←', 'fold; to the pane on the left; previous byte', ['packets']),
  bind('zoom', ['\\'], '\\', 'zoom the pane, and back', ['packets']),
  bind('search', ['/'], '/', 'search the text of the list', ['packets']),
  bind('next-match', ['n'], 'n', 'next match', ['packets']),
  bind('previous-match', ['N'], 'N', 'previous match', ['packets']),
  bind('sort', ['s'], 's', 'sort by the next column', ['flows']),
  bind('reverse', ['S'], 'S', 'reverse the order', ['flows']),
  bind('freeze', ['space'], 'Space', 'freeze the picture, and go on; capture never stops'),
  bind('copy', ['y'], 'y', 'copy the selected row or field to the clipboard (OSC 52)'),
  bind('clear', ['x'], 'x x', 'clear every counter, forget packets and flows'),
];

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
