import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadH5 } from '../../../../envs/conditioning/recordings/hdf5-package.ts';
import {
  type Channel,
  listHdf5Datasets,
  readHdf5Dataset,
  readNwb,
  readRecording,
} from '../../../../envs/conditioning/recordings/index.ts';
import { Random } from '../../../../src/core/random.ts';
import { fixture, temporaryFolder } from './files.ts';

type WritableFile = new (path: string, mode: 'w') => { create_dataset(options: object): unknown; close(): number };

const folder = temporaryFolder();
afterAll(folder.remove);

const session = fixture('session.nwb');
const matlab = fixture('version-7.3.mat');

/** What `make-nwb.py` has written through PyNWB and h5py. */
describe('NWB', () => {
  const channel = async (name: string): Promise<Channel> => (await readNwb(session, { channel: name })).channels[0];

  test('channels bear the names of series, or paths where two are called alike, and units their numbers', async () => {
    const { channels } = await readNwb(session);
    expect(channels.map(({ name }) => name)).toEqual([
      'acquisition/photometry',
      'dff[0]',
      'dff[1]',
      'processing/ophys/photometry',
      'unit 0',
      'unit 1',
      'unit 2',
    ]);
  });

  test('a series of a steady rate, in its unit: 0.5 x number + 1', async () => {
    const photometry = await channel('acquisition/photometry');
    expect(photometry).toMatchObject({ kind: 'signal', unit: 'volts' });
    expect(photometry.times).toHaveLength(40);
    expect(photometry.times[39]).toBeCloseTo(2 + 3.9, 12);
    expect(photometry.kind === 'signal' && [...photometry.values.slice(0, 3)]).toEqual([1, 1.5, 2]);
  });

  test('a column of a series with the time of each sample', async () => {
    expect(await channel('dff[1]')).toEqual({
      kind: 'signal',
      name: 'dff[1]',
      times: Float64Array.of(2, 2.5, 3.5),
      values: Float64Array.of(10, Number.NaN, 12),
      unit: 'a.u.',
    });
  });

  test('spikes of units, one of which never fired', async () => {
    expect(await channel('unit 0')).toEqual({ kind: 'spikes', name: 'unit 0', times: Float64Array.of(2.5, 2.75) });
    expect((await channel('unit 1')).times).toHaveLength(0);
    expect((await channel('unit 2')).times).toEqual(Float64Array.of(3.125));
  });

  test('events of all forms, in the order of time', async () => {
    const { events } = await readNwb(session);
    expect(events).toEqual([
      { time: 0.5, event: 'lights off', magnitude: 1 },
      { time: 2.015625, event: 'solenoid', magnitude: 1 },
      { time: 2.03125, event: 'right', magnitude: 1 },
      { time: 2.0625, event: 'on', magnitude: 1 },
      { time: 2.125, event: 'green', magnitude: 1 },
      { time: 3, event: 'red', magnitude: 1 },
      { time: 4, event: 'lick', magnitude: 1 },
      { time: 4.0625, event: 'off', magnitude: 1 },
      { time: 4.5, event: 'lick', magnitude: 3 },
      { time: 5, event: 'left', magnitude: 1 },
      { time: 5.25, event: 'left', magnitude: 1 },
      { time: 5.5, event: 'lights on', magnitude: 1 },
      { time: 5.75, event: 'CS+', magnitude: 1 },
    ]);
  });

  test('columns of the trials become events on request, none where a time is NaN', async () => {
    const trials = { tone_time: 'tone', reward_time: { event: 'reward', magnitude: 'volume' } };
    const { events } = await readNwb(session, { trials });
    expect(events!.filter(({ event }) => event === 'tone' || event === 'reward')).toEqual([
      { time: 2.25, event: 'tone', magnitude: 1 },
      { time: 3.25, event: 'reward', magnitude: 4 },
      { time: 3.75, event: 'tone', magnitude: 1 },
    ]);
  });

  test('what is not there is named beside what is', async () => {
    await expect(readNwb(session, { channel: 'dff' })).rejects.toThrow("Did you mean 'dff[0]' or 'dff[1]'?");
    await expect(readNwb(session, { trials: { tone: 'tone' } })).rejects.toThrow(
      "the table of trials has no column 'tone'. Did you mean 'tone_time'?",
    );
    await expect(readNwb(matlab)).rejects.toThrow('expected time series in /acquisition or /processing');
  });
});

describe('HDF5', () => {
  test('datasets and their sizes, without those that MATLAB keeps for itself', async () => {
    expect(await listHdf5Datasets(matlab)).toEqual([
      { path: 'session/licks', shape: [1, 3] },
      { path: 'signal', shape: [2, 6] },
    ]);
  });

  test('a dataset by its path', async () => {
    expect(await readHdf5Dataset(matlab, 'session/licks')).toEqual({
      shape: [1, 3],
      values: Float64Array.of(0.5, 1.25, 4),
    });
    await expect(readHdf5Dataset(matlab, 'signals')).rejects.toThrow(
      "no dataset 'signals'. Did you mean 'signal'? Found: session/licks (1 x 3), signal (2 x 6)",
    );
    await expect(readHdf5Dataset(session, 'session_description')).rejects.toThrow('expected numbers');
  });

  test('a file that is cut short, or not there, is refused, and others can be read after it', async () => {
    const bytes = readFileSync(session);
    const cut = folder.write('cut.nwb', bytes.subarray(0, bytes.length - 100));
    await expect(readNwb(cut)).rejects.toThrow(/Cannot open .*cut\.nwb as HDF5 \(.*truncated.*If it is cut short/);
    await expect(readNwb(folder.path('none.nwb'))).rejects.toThrow('no such file');
    expect((await readNwb(session)).channels).toHaveLength(7);
  });

  test('data that are damaged are refused, and not read as what they are not', async () => {
    const path = folder.path('damaged.h5');
    const h5 = await loadH5();
    await h5.ready;
    const file = new (h5.File as unknown as WritableFile)(path, 'w');
    const random = new Random(0);
    const data = Float64Array.from({ length: 5000 }, () => random.normal());
    file.create_dataset({ name: 'noise', data, shape: [5000], chunks: [5000], compression: 'gzip' });
    file.close();
    expect((await readHdf5Dataset(path, 'noise')).values).toEqual(data);

    const bytes = readFileSync(path);
    const middle = Math.floor(bytes.length / 2);
    folder.write('damaged.h5', bytes.fill(0, middle, middle + 2000));
    await expect(readHdf5Dataset(path, 'noise')).rejects.toThrow("cannot read 'noise' (");
    expect((await readHdf5Dataset(matlab, 'signal')).shape).toEqual([2, 6]);
  });

  test('the two columns of a MATLAB file of version 7.3 are its channels', async () => {
    const { channels } = await readRecording(matlab, { variable: 'signal', rate: 2 });
    expect(channels).toEqual([
      {
        kind: 'signal',
        name: 'signal[0]',
        times: Float64Array.of(0, 0.5, 1, 1.5, 2, 2.5),
        values: Float64Array.of(0, 1, 2, 3, 4, 5),
      },
      expect.objectContaining({ name: 'signal[1]', values: Float64Array.of(6, 7, 8, 9, 10, 11) }),
    ]);
    const { channels: licks } = await readRecording(matlab, { variable: 'session.licks' });
    expect(licks).toEqual([{ kind: 'spikes', name: 'session/licks', times: Float64Array.of(0.5, 1.25, 4) }]);
    await expect(readRecording(matlab)).rejects.toThrow("say in 'variable' what to read. Found: session/licks (1 x 3)");
  });
});
