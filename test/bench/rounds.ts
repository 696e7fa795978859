/**
 * Contenders take turns, A B C A B C, so that what else happens on the machine meets all of them alike. The first
 * round warms up and is not counted.
 */

export interface Outcome<R> {
  /** The counted runs. */
  readonly runs: R[];
  /** Why there is none: not installed, or what failed; '' otherwise. */
  note: string;
}

/**
 * Runs every contender once a round.
 * @param missing says why a contender cannot run, or ''
 * @param run one run; one that throws takes its contender out, with the message as its note
 */
export async function inRounds<C, R>(
  contenders: readonly C[],
  rounds: { readonly counted: number; readonly warmUp: boolean },
  missing: (contender: C) => string,
  run: (contender: C) => Promise<R>,
): Promise<Map<C, Outcome<R>>> {
  const outcomes = new Map<C, Outcome<R>>();
  for (const contender of contenders) outcomes.set(contender, { runs: [], note: missing(contender) });
  for (let round = rounds.warmUp ? -1 : 0; round < rounds.counted; round++) {
    for (const [contender, outcome] of outcomes) {
      if (outcome.note !== '') continue;
      try {
        const result = await run(contender);
        if (round >= 0) outcome.runs.push(result);
      } catch (error) {
        outcome.runs.length = 0;
        outcome.note = (error as Error).message;
      }
    }
  }
  return outcomes;
}

/** A line that says who was not measured and why; none when everybody was. */
export function notMeasured<R>(outcomes: ReadonlyMap<{ readonly name: string }, Outcome<R>>): string[] {
  const absent = [...outcomes].filter(([, { note }]) => note !== '');
  if (absent.length === 0) return [];
  return [`Not measured: ${absent.map(([{ name }, { note }]) => `${name} (${note})`).join('; ')}.`];
}

/** The row of who was not measured. */
export function notMeasuredRow(name: string, columns: readonly string[]): string[] {
  return columns.map((_, column) => (column === 0 ? name : '–'));
}
