/**
 * Code for expressions, and what the machine holds after it: the accumulator A, the index register X and sixteen
 * cells of memory, each with the expression whose value is there.
 */
import type { BpfInstruction } from '../capture/bpf.js';
import type { Expression } from './expression.js';
import { FilterError } from './filter-error.js';
import { aluCodes, Code, memoryCells, sizeCodes } from './opcodes.js';

const commutative: ReadonlySet<string> = new Set(['+', '*', '&', '|', '^']);

export class Registers {
  a: Expression | null = null;
  x: Expression | null = null;
  private cells: (Expression | null)[] = Array(memoryCells).fill(null);
  /** Cells whose value is needed further on. */
  private readonly reserved = new Set<number>();
  code: BpfInstruction[] = [];

  copy(): Registers {
    const copy = new Registers();
    copy.a = this.a;
    copy.x = this.x;
    copy.cells = [...this.cells];
    return copy;
  }

  /** What a test compares: in A, and in X if it is no constant. */
  compare(left: Expression, right: Expression): void {
    if (right.kind === 'constant') this.toA(left);
    else this.toBoth(left, right);
  }

  /** Forgets what another way here does not hold as well. */
  keepCommon(other: Registers): void {
    if (this.a !== other.a) this.a = null;
    if (this.x !== other.x) this.x = null;
    this.cells = this.cells.map((cell, i) => (cell === other.cells[i] ? cell : null));
  }

  toA(wanted: Expression): void {
    if (this.a === wanted) return;
    if (this.x === wanted) this.push(Code.txa);
    else if (this.cells.includes(wanted)) this.push(Code.ld | Code.memory, this.cells.indexOf(wanted));
    else this.compute(wanted);
    this.a = wanted;
  }

  private compute(wanted: Expression): void {
    switch (wanted.kind) {
      case 'constant':
        this.push(Code.ld | Code.immediate, wanted.value);
        break;
      case 'length':
        this.push(Code.ld | Code.length);
        break;
      case 'load': {
        const mode = wanted.base === null ? Code.absolute : Code.indirect;
        if (wanted.base !== null) this.toX(wanted.base);
        this.push(Code.ld | mode | sizeCodes[wanted.size], wanted.offset);
        break;
      }
      case 'header':
        this.toX(wanted);
        this.push(Code.txa);
        break;
      case 'negate':
        this.toA(wanted.operand);
        this.push(Code.negate);
        break;
      case 'operation':
        this.operate(wanted);
    }
  }

  private operate({ operator, left, right }: Extract<Expression, { kind: 'operation' }>): void {
    const code = Code.alu | aluCodes[operator];
    if (right.kind === 'constant') {
      this.toA(left);
      this.push(code, right.value);
    } else if (commutative.has(operator) && this.isCheaperSwapped(left, right)) {
      this.toBoth(right, left);
      this.push(code | Code.x);
    } else {
      this.toBoth(left, right);
      this.push(code | Code.x);
    }
  }

  /** A constant or what X holds anyway is best in X. */
  private isCheaperSwapped(left: Expression, right: Expression): boolean {
    if (this.x === right && !this.changesX(left, right)) return false;
    if (left.kind === 'constant') return right.kind !== 'header';
    return this.x === left && this.x !== right && !this.changesX(right, left);
  }

  toX(wanted: Expression): void {
    if (this.x === wanted) return;
    const cell = this.cells.indexOf(wanted);
    if (cell >= 0) this.push(Code.ldx | Code.memory, cell);
    else if (wanted.kind === 'constant') this.push(Code.ldx | Code.immediate, wanted.value);
    else if (wanted.kind === 'length') this.push(Code.ldx | Code.length);
    else if (wanted.kind === 'header') this.push(Code.ldx | Code.header | Code.byte, wanted.offset);
    else {
      this.toA(wanted);
      this.push(Code.tax);
    }
    this.x = wanted;
  }

  /** One value in A, the other in X. */
  toBoth(inA: Expression, inX: Expression): void {
    if (this.x !== inX && !this.isLoadedAtOnce(inX)) this.toBothThroughA(inA, inX);
    else if (this.a === inA || !this.changesX(inA, inX)) {
      this.toX(inX);
      this.toA(inA);
    } else {
      // X is needed for A: what takes A to get into X is kept aside.
      if (!this.isLoadedAtOnce(inX)) this.keepAside(inX, () => this.toA(inA));
      else this.toA(inA);
      this.toX(inX);
    }
    if (this.a !== inA || this.x !== inX) throw tooComplex();
  }

  /** X gets its value by way of A. */
  private toBothThroughA(inA: Expression, inX: Expression): void {
    const held = this.a;
    this.a = null;
    const isIndependent = !this.changesX(inA, inX);
    this.a = held;
    if (isIndependent) this.toX(inX);
    else this.keepAside(inA, () => this.toX(inX));
    this.toA(inA);
  }

  /** Computes a value into memory, where it stays during `step`. */
  private keepAside(value: Expression, step: () => void): void {
    this.toA(value);
    const cell = this.store(value);
    this.reserved.add(cell);
    step();
    this.reserved.delete(cell);
  }

  /** True for what gets into X without A. */
  private isLoadedAtOnce(wanted: Expression): boolean {
    return (
      wanted.kind === 'constant' ||
      wanted.kind === 'length' ||
      wanted.kind === 'header' ||
      this.cells.includes(wanted)
    );
  }

  /** True if computing `wanted` in A needs X for anything but `held`. */
  private changesX(wanted: Expression, held: Expression): boolean {
    if (this.a === wanted || wanted === held || this.cells.includes(wanted)) return false;
    switch (wanted.kind) {
      case 'constant':
      case 'length':
        return false;
      case 'load':
        return wanted.base !== null && wanted.base !== held;
      case 'header':
        return true;
      case 'negate':
        return this.changesX(wanted.operand, held);
      case 'operation':
        if (wanted.right.kind === 'constant') return this.changesX(wanted.left, held);
        if (wanted.right === held) return this.changesX(wanted.left, held);
        return (
          !(commutative.has(wanted.operator) && wanted.left === held) || this.changesX(wanted.right, held)
        );
    }
  }

  private store(value: Expression): number {
    const known = this.cells.indexOf(value);
    if (known >= 0) return known;
    let cell = this.cells.indexOf(null);
    if (cell < 0) cell = this.cells.findIndex((_, i) => !this.reserved.has(i));
    if (cell < 0) throw tooComplex();
    this.push(Code.st, cell);
    this.cells[cell] = value;
    return cell;
  }

  private push(code: number, k = 0): void {
    this.code.push({ code, jt: 0, jf: 0, k });
  }
}

function tooComplex(): FilterError {
  return new FilterError('the arithmetic needs more memory than the machine has', 0);
}
