/**
 * Moving through a list, the same in every view.
 */
import type { Command } from './keymap.js';

/** The row that `command` moves to from `selected`, or null if it is not a movement. */
export function movedTo(command: Command, selected: number, total: number, pageRows: number): number | null {
  const page = Math.max(1, pageRows - 1);
  switch (command) {
    case 'down':
      return clamp(selected + 1, total);
    case 'up':
      return clamp(selected - 1, total);
    case 'page-down':
      return clamp(selected + page, total);
    case 'page-up':
      return clamp(selected - page, total);
    case 'first':
      return 0;
    case 'last':
      return clamp(total - 1, total);
    default:
      return null;
  }
}

export function clamp(index: number, total: number): number {
  return Math.max(0, Math.min(index, total - 1));
}
