import { meanAndStd, quantile } from '../estimators/statistics.ts';

/** Episodes over which returns are averaged while training. */
const WINDOW = 100;

export interface EpisodeWindowState {
  finished: number;
  returns: number[];
  lengths: number[];
}

/** Returns and lengths of the latest episodes. */
export class EpisodeWindow {
  #finished = 0;
  #returns: number[] = [];
  #lengths: number[] = [];

  add(episodeReturn: number, length: number): void {
    this.#finished++;
    this.#returns.push(episodeReturn);
    this.#lengths.push(length);
    if (this.#returns.length > WINDOW) {
      this.#returns.shift();
      this.#lengths.shift();
    }
  }

  /** Takes in the latest episodes of another window. */
  append({ finished, returns, lengths }: EpisodeWindowState): void {
    returns.forEach((episodeReturn, i) => {
      this.add(episodeReturn, lengths[i]);
    });
    this.#finished += finished - returns.length;
  }

  /** Episodes finished since the run began. */
  get finished(): number {
    return this.#finished;
  }

  /** NaN until an episode has finished; `returnLow` and `returnHigh` are the 10th and 90th percentile. */
  summary(): { returnMean: number; returnLow: number; returnHigh: number; lengthMean: number } {
    return {
      returnMean: meanAndStd(this.#returns).mean,
      returnLow: quantile(this.#returns, 0.1),
      returnHigh: quantile(this.#returns, 0.9),
      lengthMean: meanAndStd(this.#lengths).mean,
    };
  }

  getState(): EpisodeWindowState {
    return { finished: this.#finished, returns: [...this.#returns], lengths: [...this.#lengths] };
  }

  setState(state: EpisodeWindowState): void {
    this.#finished = state.finished;
    this.#returns = [...state.returns];
    this.#lengths = [...state.lengths];
  }
}
