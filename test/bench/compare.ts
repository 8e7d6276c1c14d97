/**
 * Comparing the program with a public tool that does the same kind of work. A machine is slow today and fast tomorrow,
 * and its other users come and go while something is measured: only a ratio to a tool that ran in the same minute means
 * anything, so the two take turns, and the median of each counts.
 */
import { measure, type Sample, type Task } from './measure.ts';

export interface Contest {
  /** What is done, for the table. */
  readonly name: string;
  /** The bytes that both go through. */
  readonly bytes: number;
  readonly attune: Task;
  readonly tool: Task;
  /** What the issue or the contract wants; a miss is marked in the table, nothing more. */
  readonly aim?: Aim;
}

export interface Aim {
  /** The program's time over the tool's. */
  readonly timeRatio?: number;
  /** The program's time less the tool's, where what counts is the start of the program. */
  readonly secondsMore?: number;
  /** The program's peak memory over the bytes. */
  readonly memoryRatio?: number;
  /** The program's peak memory, whatever the bytes. */
  readonly memoryBytes?: number;
}

export interface Bench {
  readonly name: string;
  /** The public program that it is compared with. */
  readonly tool: string;
  readonly sizes: readonly number[];
  /** How often each is run unless `--runs` says it: the shorter, the more they differ. */
  readonly runs?: number;
  /** Makes the contests of each size, each in an empty directory of its own. */
  open(directory: string): (size: number, directory: string) => readonly Contest[];
}

export interface Outcome {
  readonly contest: Contest;
  readonly attune: Sample;
  readonly tool: Sample;
}

/** Both in turn, `runs` times after one warm-up each. @throws TaskFailed */
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
