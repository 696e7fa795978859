/**
 * What can happen to the dashboard: keys, the mouse, the clock, and answers from the analyzer. An answer
 * carries the key of the question, so that a stale one is known.
 */
import type { FrameDetail, PacketRow, Page, Snapshot } from '../analysis/port.js';
import type { FlowRecord } from '../flow/flow-record.js';

export type MouseAction = 'click' | 'wheel-up' | 'wheel-down';

export type DashboardEvent =
  /** `name` as in the keymap; `text` is what the key types, or ''. */
  | { readonly kind: 'key'; readonly name: string; readonly text: string; readonly atMs: number }
  | {
      readonly kind: 'mouse';
      readonly action: MouseAction;
      /** Cell, from 0. */
      readonly x: number;
      readonly y: number;
      readonly atMs: number;
    }
  | { readonly kind: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly kind: 'tick'; readonly atMs: number }
  | { readonly kind: 'snapshot'; readonly snapshot: Snapshot; readonly atMs: number }
  | { readonly kind: 'packets'; readonly key: string; readonly from: number; readonly page: Page<PacketRow> }
  | { readonly kind: 'index'; readonly key: string; readonly number: number; readonly index: number }
  | { readonly kind: 'detail'; readonly number: number; readonly detail: FrameDetail | null }
  | { readonly kind: 'flows'; readonly key: string; readonly from: number; readonly page: Page<FlowRecord> }
  | { readonly kind: 'searched'; readonly key: string; readonly from: number; readonly page: Page<PacketRow> }
  | { readonly kind: 'cleared' }
  | { readonly kind: 'failed'; readonly what: string; readonly message: string; readonly atMs: number };
