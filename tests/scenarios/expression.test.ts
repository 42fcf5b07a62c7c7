import { describe, expect, test } from '@jest/globals';
import { evaluate, parse } from 'mathjs/number';
import { compileExpression } from '../../scenarios/expression.ts';
import { Random } from '../../src/core/random.ts';

const names = ['a', 'b', 'c'];
const compile = (expression: string) => compileExpression(expression, names, 'term');
const compute = (expression: string, ...values: number[]) => compile(expression)(Float64Array.from(values));

describe('means what mathjs means', () => {
  const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high);

  function expectSame(expression: string, values: readonly number[]): void {
    const [a, b, c] = values;
    const expected = Number(evaluate(expression, { a, b, c, clamp }));
    const actual = compute(expression, ...values);
    const close =
      Object.is(actual, expected) || actual === expected || Math.abs(actual - expected) <= 1e-12 * Math.abs(expected);
    // Shown only when it fails: which expression it was.
    expect(close ? 'same' : `${expression} at ${values}: mathjs ${expected}, compiled ${actual}`).toBe('same');
  }

  test.each([
    ['-a^2', 'a unary minus binds less tightly than a power'],
    ['2^-a', 'and may stand in an exponent'],
    ['2^a^b', 'powers associate to the right'],
    ['a - b - c', 'differences to the left'],
    ['a / b / c', ''],
    ['a % b', 'the remainder has the sign of the divisor'],
    ['-a % b', ''],
    ['a mod b + c', ''],
    ['mod(a, 0)', ''],
    ['2 a b', 'implicit products'],
    ['1 / 2 a', 'which bind more tightly than a quotient, but not after a number'],
    ['a / 2 b', ''],
    ['not a == b', 'not binds more tightly than a comparison'],
    ['not (a > b) and c > 0 or a < 0', ''],
    ['a or b and c', ''],
    ['a xor b', ''],
    ['a > b xor b > c', ''],
    ['a < b < c', 'chained comparisons'],
    ['a <= b > c != a', ''],
    ['a > 0 ? b : c > 0 ? 1 : 2', 'conditionals associate to the right'],
    ['a ? b : c', ''],
    ['(a > b) + (b > c) * 2 - -(c > a)', 'booleans count as 0 and 1'],
    ['+(a > 0)', ''],
    ['abs(a > 0) - true', ''],
    ['(a > b) == (b > c)', ''],
    ['0.1 + 0.2 == 0.3', 'numbers that differ by rounding are equal'],
    ['0.1 + 0.2 > 0.3', ''],
    ['0.1 + 0.2 <= 0.3', ''],
    ['a * 3 / 3 < a', ''],
    ['log(a, 2) + log(b)', ''],
    ['sqrt(a)', 'real numbers only: NaN'],
    ['(0 - 8)^(1 / 3)', ''],
    ['a / 0', ''],
    ['0^(1 / 0)', ''],
    ['a == 0 / 0', ''],
    ['1 / 0 == 1 / 0', ''],
    ['1 / 0 > a', ''],
    ['min(a, b, c) + max(a) * hypot(a, b)', ''],
    ['pi + tau + e', ''],
    ['1e-3 a + 0x10', ''],
    ['50% + a', ''],
    ['square(a) + cube(b) + cbrt(c)', ''],
    ['atan2(a, b)', ''],
    ['clamp(a, -1, 1)', ''],
  ])('%s %s', (expression) => {
    for (const values of [
      [0.5, -1.25, 2],
      [-2, 3, 0],
      [0, 0, 0],
      [7, -3, -3],
      [1e-14, 1e-14, 1e300],
    ]) {
      expectSame(expression, values);
    }
  });

  test('on random expressions and values', () => {
    const random = new Random(17);
    const pick = <T>(choices: readonly T[]): T => choices[random.integers(0, choices.length)];
    const binary = ['+', '-', '*', '/', '^', '%', '<', '<=', '>', '>=', '==', '!=', ' and ', ' or ', ' xor '];
    const calls = ['abs', 'min', 'max', 'exp', 'log', 'sqrt', 'tanh', 'sign', 'sin', 'cos', 'square', 'log1p', 'pow'];
    const two = ['min', 'max', 'pow'];
    function grow(depth: number): string {
      const kind = depth === 0 ? random.integers(0, 2) : random.integers(0, 8);
      if (kind === 0) return pick(names);
      if (kind === 1) return String(Math.round(random.double() * 40) / 10);
      if (kind === 2) return `(${grow(depth - 1)})`;
      if (kind === 3) return `${pick(['-', '+', 'not '])}${grow(depth - 1)}`;
      if (kind === 4) return `(${grow(depth - 1)} ? ${grow(depth - 1)} : ${grow(depth - 1)})`;
      if (kind === 5) {
        const name = pick(calls);
        return `${name}(${grow(depth - 1)}${two.includes(name) ? `, ${grow(depth - 1)}` : ''})`;
      }
      // Without parentheses, so that precedence counts.
      return `${grow(depth - 1)}${pick(binary)}${grow(depth - 1)}`;
    }
    let compared = 0;
    for (let i = 0; i < 3000; i++) {
      const expression = grow(4);
      const values = names.map(() => pick([random.normal(), 3 * random.normal(), random.integers(-3, 4)]));
      try {
        parse(expression);
      } catch {
        continue;
      }
      expectSame(expression, values);
      compared++;
    }
    expect(compared).toBeGreaterThan(2000);
  });
});

describe('refuses', () => {
  const refusal = (expression: string): string => {
    try {
      compile(expression);
    } catch (error) {
      return (error as Error).message;
    }
    return 'compiled';
  };

  test('an unknown name, with its place and the nearest known one', () => {
    expect(() => compileExpression('-0.1 * turnovr', ['turnover', 'wealth'], 'shaping.terms[0].expression')).toThrow(
      "shaping.terms[0].expression: unknown name 'turnovr' at character 8; did you mean 'turnover'?\n" +
        '  -0.1 * turnovr\n' +
        '         ^',
    );
  });

  test('a name that is part of another word is found where it stands alone', () => {
    expect(refusal('abs(a) + ab')).toMatch(/unknown name 'ab' at character 10/);
  });

  test('an unknown function', () => {
    expect(refusal('tanhh(a)')).toMatch(/unknown function 'tanhh' at character 1; did you mean 'tanh'\?/);
  });

  test('a wrong number of arguments', () => {
    expect(refusal('clamp(a, 1)')).toMatch(/clamp takes 3 arguments, got 2/);
    expect(refusal('abs(a, b)')).toMatch(/abs takes 1 argument, got 2/);
    expect(refusal('min()')).toMatch(/min takes 1 or more arguments, got 0/);
    expect(refusal('log(a, b, c)')).toMatch(/log takes 1 to 2 arguments, got 3/);
  });

  test('a syntax error, with its place', () => {
    expect(refusal('a * (b')).toMatch(/parenthesis \) expected at character 7\n {2}a \* \(b\n {8}\^/);
    expect(refusal('  ')).toMatch(/expected a formula, got nothing/);
  });

  test.each([
    ['a = 3', /compare with '=='/],
    ['a; b', /one formula/],
    ['f(x) = x', /one formula/],
    ['[a, b]', /one formula/],
    ['a.b', /one formula/],
    ['"a"', /expected a number/],
    ['null', /expected a number/],
    ['Infinity', /expected a number/],
    ['a!', /operator '!'/],
    ["a'", /operator/],
    ['a | b', /operator '\|'/],
    ['a .* b', /operator/],
    ['a(b)', /'a' is a number, not a function/],
    ['sqrt + a', /'sqrt' needs its arguments/],
    ['3 cm', /unknown name 'cm'/],
    ['2i', /unknown name 'i'/],
    ['constructor', /unknown name/],
    ['__proto__(a)', /unknown function/],
    ['values', /unknown name/],
    ['import("fs")', /unknown function/],
    ['Math.abs(a)', /unknown function/],
  ])('%s', (expression, reason) => {
    expect(refusal(expression)).toMatch(reason);
  });
});

test('a signal may carry the name of a constant', () => {
  expect(compileExpression('e', ['e'], 'term')(Float64Array.of(5))).toBe(5);
  expect(compileExpression('e', [], 'term')(Float64Array.of())).toBe(Math.E);
});
