import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  type MatValue,
  matNumbers,
  matVariable,
  readMat5,
  readMatFile,
} from '../../../../envs/conditioning/recordings/index.ts';
import { fixture } from './files.ts';

const most = 2 ** 53 - 1;

/** What `make-mat.py` has written through SciPy. */
describe.each(['plain.mat', 'compressed.mat'])('%s', (file) => {
  const variables = readMatFile(fixture(file));
  const get = (name: string) => variables.get(name) as MatValue;

  test('an array of cells x rewards x trials keeps its order, the first index running fastest', () => {
    const { shape, values } = matNumbers(get('responses'), 'responses');
    expect(shape).toEqual([4, 3, 5]);
    for (let i = 0; i < 4; i++) {
      for (let j = 0; j < 3; j++) {
        for (let k = 0; k < 5; k++) {
          const missing = i === 0 && j === 0 && k === 4;
          expect(values[i + 4 * (j + 3 * k)]).toBe(missing ? Number.NaN : 100 * i + 10 * j + k);
        }
      }
    }
  });

  test.each([
    ['int8', [-128, 0, 127]],
    ['uint8', [0, 0, 255]],
    ['int16', [-32768, 0, 32767]],
    ['uint16', [0, 0, 65535]],
    ['int32', [-(2 ** 31), 0, 2 ** 31 - 1]],
    ['uint32', [0, 0, 2 ** 32 - 1]],
    ['int64', [-most, 0, most]],
    ['uint64', [0, 0, most]],
  ])('%s', (kind, values) => {
    expect(get(kind)).toEqual({ kind: 'numeric', class: kind, shape: [1, 3], values: Float64Array.from(values) });
  });

  test('numbers of other kinds', () => {
    const numeric = { kind: 'numeric', class: 'double' };
    expect(get('column')).toEqual({ ...numeric, shape: [6, 1], values: Float64Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) });
    expect(get('single')).toEqual({
      ...numeric,
      class: 'single',
      shape: [1, 2],
      values: Float64Array.of(Math.fround(0.1), -2.5),
    });
    expect(get('empty')).toEqual({ ...numeric, shape: [0, 3], values: new Float64Array() });
    expect(get('complex')).toEqual({
      ...numeric,
      shape: [1, 2],
      values: Float64Array.of(1, 0),
      imaginary: Float64Array.of(2, -3.5),
    });
    expect(get('logical')).toEqual({ kind: 'logical', shape: [1, 3], values: Uint8Array.of(1, 0, 1) });
    expect(() => matNumbers(get('complex'), "'complex'")).toThrow(
      "'complex': expected an array of real numbers, but found complex 1 x 2 double",
    );
  });

  test('sparse: 5 in row 0 of column 1, 7 in row 1 of column 0, -1.5 in row 1 of column 2', () => {
    expect(get('sparse')).toEqual({
      kind: 'sparse',
      shape: [2, 3],
      rows: Int32Array.of(1, 0, 1),
      columnStarts: Int32Array.of(0, 1, 2, 3),
      values: Float64Array.of(7, 5, -1.5),
    });
  });

  test('texts', () => {
    expect(get('text')).toEqual({ kind: 'char', shape: [1, 9], rows: ['reward µl'] });
    expect(get('rows')).toEqual({ kind: 'char', shape: [2, 4], rows: ['tone', 'cue '] });
  });

  test('cells and structs', () => {
    expect(get('cells')).toEqual({
      kind: 'cell',
      shape: [1, 3],
      cells: [
        { kind: 'numeric', class: 'double', shape: [1, 2], values: Float64Array.of(1.5, 2.5) },
        { kind: 'char', shape: [1, 4], rows: ['tone'] },
        { kind: 'logical', shape: [1, 2], values: Uint8Array.of(1, 0) },
      ],
    });
    const signal = matVariable(variables, 'session.photometry.signal', file);
    expect(signal).toMatchObject({ shape: [3, 1], values: Float64Array.of(0.5, 0.25, Number.NaN) });
    const trials = get('trials') as MatValue & { kind: 'struct' };
    expect(trials.fields.get('kind')).toMatchObject([{ rows: ['a'] }, { rows: ['b'] }]);
    expect(trials.fields.get('time')).toMatchObject([{ values: Float64Array.of(1) }, { values: Float64Array.of(2) }]);
  });

  test('what is not there is named beside what is', () => {
    expect(() => matVariable(variables, 'sesion', file)).toThrow("no variable 'sesion'. Did you mean 'session'?");
    expect(() => matVariable(variables, 'session.photo', file)).toThrow("Did you mean 'photometry'?");
    expect(() => matVariable(variables, 'trials.time', file)).toThrow("'trials' is 1 x 2 struct");
  });
});

test('the other byte order: numbers kept in fewer bytes, names in their tags, text of 16 bits', () => {
  const variables = readMatFile(fixture('big-endian.mat'));
  expect(Object.fromEntries(variables)).toEqual({
    whole: { kind: 'numeric', class: 'double', shape: [2, 3], values: Float64Array.of(1, 2, 3, 4, 5, -300) },
    pi: { kind: 'numeric', class: 'double', shape: [1, 2], values: Float64Array.of(Math.PI, -0.5) },
    cue: { kind: 'char', shape: [1, 3], rows: ['µl!'] },
  });
});

describe('files that cannot be read', () => {
  const plain = readFileSync(fixture('plain.mat'));
  const compressed = readFileSync(fixture('compressed.mat'));

  test('wherever a file is cut, it is a UserError, or the variables before the cut', () => {
    for (const bytes of [plain, compressed]) {
      const whole = [...readMat5(bytes, 'whole.mat').keys()];
      for (let length = 0; length < bytes.length; length += 7) {
        let names: string[] = [];
        try {
          names = [...readMat5(bytes.subarray(0, length), 'cut.mat').keys()];
        } catch (error) {
          expect(error).toMatchObject({ name: 'UserError', message: expect.stringMatching(/cut\.mat.*(byte|bytes)/) });
        }
        expect(names).toEqual(whole.slice(0, names.length));
        expect(names.length).toBeLessThan(whole.length);
      }
    }
  });

  test('the message says where', () => {
    expect(() => readMat5(plain.subarray(0, 300), 'cut.mat')).toThrow(
      'cut.mat, byte 136: expected 552 more bytes, for a variable, but only 164 are left',
    );
    const broken = Uint8Array.from(compressed);
    broken.fill(0xff, 150, 170);
    expect(() => readMat5(broken, 'a.mat')).toThrow(
      'a.mat, byte 128: the compressed variable there cannot be unpacked',
    );
  });

  test('whatever byte is wrong, nothing but a UserError comes of it', () => {
    for (let at = 128; at < plain.length; at++) {
      const broken = Uint8Array.from(plain);
      broken[at] ^= 0xff;
      try {
        readMat5(broken, 'broken.mat');
      } catch (error) {
        expect(error).toMatchObject({ name: 'UserError' });
      }
    }
  });

  test('other versions are named', () => {
    const newer = readFileSync(fixture('version-7.3.mat'));
    expect(() => readMat5(newer, 'a.mat')).toThrow('version 7.3, which is HDF5');
    const older = new Uint8Array(60);
    older[4] = 1;
    expect(() => readMat5(older, 'a.mat')).toThrow("version 4. In MATLAB load it, and save it with '-v7'");
    expect(() => readMat5(new TextEncoder().encode('time,a\n'), 'a.mat')).toThrow('found none in its 7 bytes');
  });
});
