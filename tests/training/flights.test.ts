import { describe, expect, test } from '@jest/globals';
import { Flights, measuredLag } from '../../src/training/actors/flights.ts';

/** What happens in so many updates: 'fly 3 in 1' with the weights after three updates to slot 1, 'learn 3 from 2'. */
async function order(lag: number, updates: number): Promise<string[]> {
  const told: string[] = [];
  let update = 0;
  const flights = new Flights<number>(lag, async (slot) => {
    told.push(`fly ${update} in ${slot}`);
    return update;
  });
  for (; update < updates; update++) {
    const { slot, landing } = flights.next();
    told.push(`learn ${update} from ${await landing} in ${slot}`);
  }
  return told;
}

describe('the order of flights, by hand', () => {
  test('without a lag everybody waits for everybody', async () => {
    expect(await order(0, 3)).toEqual([
      ...['fly 0 in 0', 'learn 0 from 0 in 0'],
      ...['fly 1 in 0', 'learn 1 from 1 in 0'],
      ...['fly 2 in 0', 'learn 2 from 2 in 0'],
    ]);
  });

  test('a lag of two has two ahead of the one that is learned from, and writes over none of them', async () => {
    expect(await order(2, 5)).toEqual([
      ...['fly 0 in 0', 'fly 0 in 1', 'fly 0 in 2', 'learn 0 from 0 in 0'],
      ...['fly 1 in 0', 'learn 1 from 0 in 1'],
      ...['fly 2 in 1', 'learn 2 from 0 in 2'],
      ...['fly 3 in 2', 'learn 3 from 1 in 0'],
      ...['fly 4 in 0', 'learn 4 from 2 in 1'],
    ]);
  });

  test('those ahead are learned from first after a resume, and their slots are kept until then', async () => {
    const told: string[] = [];
    const flights = new Flights<string>(2, async (slot) => {
      told.push(`fly in ${slot}`);
      return 'new';
    });
    flights.resume(['older', 'younger']);
    for (let k = 0; k < 3; k++) {
      const { slot, landing } = flights.next();
      told.push(`learn from ${await landing} in ${slot}`);
    }
    expect(told).toEqual([
      ...['fly in 2', 'learn from older in 0'],
      ...['fly in 0', 'learn from younger in 1'],
      ...['fly in 1', 'learn from new in 2'],
    ]);
  });

  test('a flight that fails is told to who waits for it', async () => {
    let count = 0;
    const flights = new Flights<number>(1, async () => {
      if (++count === 2) throw new Error('lost');
      return count;
    });
    expect(await flights.next().landing).toBe(1);
    await expect(flights.next().landing).rejects.toThrow('lost');
  });
});

test('the lag is that of the actor furthest behind, and bounded', () => {
  expect(measuredLag(7, [6, 5, 7], 2)).toBe(2);
  expect(() => measuredLag(7, [6, 4, 7], 2)).toThrow('At update 7 actors acted with the weights of updates 6,4,7');
  expect(() => measuredLag(7, [8], 2)).toThrow('at most 2 behind');
  expect(() => measuredLag(0, [Number.NaN], 2)).toThrow('NaN');
});
