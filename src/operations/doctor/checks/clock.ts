import { AttuneError } from '../../../errors.ts';
import { type Diagnosis, ok, orError, type Patient, warning } from '../diagnosis.ts';

/** What a server's answer says about the time. */
export interface ServerTime {
  readonly server: string;
  /** By how many milliseconds this machine's clock is before the server's. */
  readonly aheadMs: number;
}

/** As far off as this, certificates, ages of copies and the order of the history begin to be wrong. */
const FAR_OFF_MS = 5 * 60_000;

const ADVICE = { remedy: 'Set the clock of this machine, or have it set by the network (NTP).' };

export async function checkClock({ runtime, survey }: Patient, times: readonly ServerTime[]): Promise<Diagnosis[]> {
  const now = runtime.clock.now();
  const last = survey instanceof AttuneError ? undefined : await orError(() => survey.lastEvent());
  const future =
    typeof last === 'string' && Date.parse(last) - now.getTime() > FAR_OFF_MS
      ? [
          warning(
            'clock',
            `The last thing in the history happened at ${last}, and now it is ${now.toISOString()}.`,
            ADVICE,
          ),
        ]
      : [];
  const off = times.filter(({ aheadMs }) => Math.abs(aheadMs) > FAR_OFF_MS);
  const wrong = [...new Map(off.map((time) => [time.server, time])).values()].map(({ server, aheadMs }) => {
    const amount = inWords(Math.abs(aheadMs));
    return warning(
      'clock',
      `This machine's clock is ${amount} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${server}.`,
      ADVICE,
    );
  });
  const found = [...future, ...wrong];
  if (found.length > 0) return found;
  return [
    ok('clock', times.length > 0 ? 'right, as the registries tell' : `${now.toISOString()}; no server was asked`),
  ];
}

function inWords(milliseconds: number): string {
  const minutes = Math.round(milliseconds / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.round(hours / 24)} days`;
}
