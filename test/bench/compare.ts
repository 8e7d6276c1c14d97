/**
 * Compares attune with a public tool that does similar work. Absolute times vary with the machine and its load, so both
 * programs run alternately, and the ratio of their medians is reported.
 */
import { measure, type Sample, type Task } from './measure.ts';

export interface Contest {
  /** The name of the task in the table. */
  readonly name: string;
  /** The number of bytes that both programs process. */
  readonly bytes: number;
  readonly attune: Task;
  readonly tool: Task;
  /** The goal. The table marks a result that misses it. */
  readonly aim?: Aim;
}

export interface Aim {
  /** The maximum of attune's time divided by the tool's time. */
  readonly timeRatio?: number;
  /** The maximum of attune's time minus the tool's time, for tasks dominated by startup. */
  readonly secondsMore?: number;
  /** The maximum of attune's peak memory divided by the processed bytes. */
  readonly memoryRatio?: number;
  /** The maximum of attune's peak memory, regardless of the processed bytes. */
  readonly memoryBytes?: number;
}

export interface Bench {
  readonly name: string;
  /** The program to compare with. */
  readonly tool: string;
  readonly sizes: readonly number[];
  /** The number of runs unless `--runs` is given. Shorter tasks vary more and need more runs. */
  readonly runs?: number;
  /** Installs the program to compare with in a directory, if it is not on the PATH. @returns `undefined` if it cannot be had */
  install?(directory: string): string | undefined;
  /**
   * Prepares the bench and returns a function that creates the contests of a size in an empty directory. The function receives
   * the program to compare with.
   */
  open(directory: string): (size: number, directory: string, tool: string) => readonly Contest[];
}

export interface Outcome {
  readonly contest: Contest;
  readonly attune: Sample;
  readonly tool: Sample;
}

/** Runs both programs alternately, `runs` times each after one warm-up run. @throws TaskFailed */
export async function compare(contest: Contest, runs: number): Promise<Outcome> {
  const samples: { attune: Sample; tool: Sample }[] = [];
  for (let run = 0; run <= runs; run += 1) {
    samples.push({ attune: await measure(contest.attune), tool: await measure(contest.tool) });
  }
  const counted = samples.slice(1);
  return {
    contest,
    attune: medianOf(counted.map(({ attune }) => attune)),
    tool: medianOf(counted.map(({ tool }) => tool)),
  };
}

function medianOf(samples: readonly Sample[]): Sample {
  const peaks = samples.flatMap(({ peakBytes }) => peakBytes ?? []);
  return {
    seconds: median(samples.map(({ seconds }) => seconds)),
    peakBytes: peaks.length === 0 ? undefined : median(peaks),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
