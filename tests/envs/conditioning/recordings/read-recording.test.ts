import { copyFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import { readEventFile, readRecording } from '../../../../envs/conditioning/recordings/index.ts';
import { fixture, temporaryFolder } from './files.ts';

const folder = temporaryFolder();
afterAll(folder.remove);

describe('the form of a file is that of its bytes', () => {
  test('CSV, also compressed, under any name', async () => {
    const csv = 'time,dff,iso\n0,1,2\n0.5,3,4\n';
    const plain = await readRecording(folder.write('plain.dat', csv));
    const packed = await readRecording(folder.write('packed.csv', gzipSync(csv)));
    expect(plain.channels).toEqual(packed.channels);
    expect(plain.channels.map(({ name }) => name)).toEqual(['dff', 'iso']);
    const { channels } = await readRecording(folder.path('plain.dat'), { channel: 'iso' });
    expect(channels).toMatchObject([{ name: 'iso', values: Float64Array.of(2, 4) }]);
    await expect(readRecording(folder.path('plain.dat'), { channel: 'dfff' })).rejects.toThrow("Did you mean 'dff'?");
  });

  test('NWB under the name of another', async () => {
    const path = folder.path('session.mat');
    copyFileSync(fixture('session.nwb'), path);
    const { channels } = await readRecording(path, { channel: 'unit 2' });
    expect(channels).toEqual([{ kind: 'spikes', name: 'unit 2', times: Float64Array.of(3.125) }]);
  });

  test('others are refused', async () => {
    await expect(readRecording(folder.write('a.csv', Uint8Array.of(0xff, 0xfe, 0, 1)))).rejects.toThrow(
      'expected CSV, CSV compressed by gzip, MATLAB, NWB or HDF5',
    );
    await expect(readRecording(folder.path('none.csv'))).rejects.toThrow('Paths are taken from the working directory');
    const events = folder.write('events.csv', 'time,event\n1,tone\n');
    await expect(readRecording(events)).rejects.toThrow('read it with readEventFile');
    expect(readEventFile(events)).toEqual([{ time: 1, event: 'tone', magnitude: 1 }]);
  });
});

describe('variables of MATLAB', () => {
  const mat = fixture('compressed.mat');

  test('samples of a rate, or with their times, or times of spikes', async () => {
    const values = Float64Array.of(0, 0.25, 0.5, 0.75, 1, 1.25);
    const sampled = await readRecording(mat, { variable: 'column', rate: 4 });
    expect(sampled.channels).toEqual([{ kind: 'signal', name: 'column', times: values, values }]);
    const timed = await readRecording(mat, { variable: 'column', times: 'column' });
    expect(timed.channels).toEqual(sampled.channels);
    const { channels } = await readRecording(mat, { variable: 'column' });
    expect(channels).toEqual([{ kind: 'spikes', name: 'column', times: values }]);
    const nested = await readRecording(mat, { variable: 'session.photometry.signal', rate: 20 });
    expect(nested.channels[0]).toMatchObject({ values: Float64Array.of(0.5, 0.25, Number.NaN) });
  });

  test.each([
    [{}, "say in 'variable' what to read, and in 'rate' how often it was sampled. Found: responses (4 x 3 x 5 double)"],
    [{ variable: 'responses', rate: 1 }, 'found 4 x 3 x 5. Arrays such as cells x rewards x trials are read with'],
    [{ variable: 'single' }, "say in 'rate'"],
    [{ variable: 'text', rate: 1 }, 'expected an array of real numbers, but found 1 x 9 char'],
    [{ variable: 'column', rate: 0 }, 'expected a rate above 0 Hz, but got 0'],
    [{ variable: 'column', times: 'pi' }, "no variable 'pi'"],
  ])('%j is refused', async (options, message) => {
    await expect(readRecording(mat, options)).rejects.toThrow(message);
  });
});
