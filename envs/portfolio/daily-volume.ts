import type { Prices } from './prices.ts';

/**
 * Value traded by all in a day, days x assets, in the money of the prices: the mean over the last `window` days, that day
 * included; over fewer at the beginning. Nothing where the data do not tell volumes.
 */
export function averageDailyVolumes({ prices, assets, dates, volumes }: Prices, window: number) {
  if (volumes === undefined) return undefined;
  const width = assets.length;
  const averages = new Float64Array(prices.length);
  for (let day = 0; day < dates.length; day++) {
    const first = Math.max(day - window + 1, 0);
    for (let i = 0; i < width; i++) {
      let money = 0;
      for (let past = first; past <= day; past++) money += volumes[past * width + i] * prices[past * width + i];
      averages[day * width + i] = money / (day - first + 1);
    }
  }
  return averages;
}
