import type { HostLink } from './host-link.ts';

/** Where the hosts of a run come from. */
export interface Hosts {
  /**
   * A live host for a slot, the same one until it is lost; waits for it where it must.
   *
   * @throws UserError when none can be had
   */
  acquire(slot: number): Promise<HostLink>;
  /** Takes leave of all hosts, and ends those that were started for this. */
  close(): Promise<void>;
}

/** Lets callers wait until what they look for is there. */
export class Arrivals {
  readonly #waiting = new Set<() => void>();

  /** Something has changed: everybody looks again. */
  announce(): void {
    for (const look of this.#waiting) look();
  }

  /**
   * What `look` finds, now or later.
   *
   * @throws what `look` throws, and after so many seconds what `missing` makes
   */
  find<T>(look: () => T | undefined, seconds: number, missing: () => Error): Promise<T> {
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting.delete(attempt);
        act();
      };
      const attempt = (): void => {
        try {
          const found = look();
          if (found !== undefined) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      timer = setTimeout(() => settle(() => reject(missing())), seconds * 1000);
      this.#waiting.add(attempt);
      attempt();
    });
  }
}
