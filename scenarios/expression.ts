import type {
  ConditionalNode,
  ConstantNode,
  FunctionNode,
  MathNode,
  OperatorNode,
  ParenthesisNode,
  RelationalNode,
  SymbolNode,
} from 'mathjs';
import { UserError } from '../src/core/errors.ts';
import { mathjs } from '../src/core/mathjs.ts';
import { nearestHint } from './nearest-hint.ts';

/** An expression as a plain function of its variables' values, which stand in the order in which they were named. */
export type CompiledExpression = (values: Float64Array) => number;

/** mathjs takes two numbers for the same when they differ by rounding only, with these tolerances. */
function equal(a: number, b: number): boolean {
  if (a === b) return true;
  const difference = Math.abs(a - b);
  // An infinite difference is none of rounding; written so that NaN fails too.
  return difference < Infinity && difference <= Math.max(1e-12 * Math.max(Math.abs(a), Math.abs(b)), 1e-15);
}

/** The few operations JavaScript does otherwise than mathjs, by the names the generated source calls them. */
const helpers = {
  equal,
  smaller: (a: number, b: number) => a < b && !equal(a, b),
  power: (a: number, b: number) => ((a * a < 1 && b === Infinity) || (a * a > 1 && b === -Infinity) ? 0 : a ** b),
  modulo: (a: number, b: number) => (b === 0 ? a : a - b * Math.floor(a / b)),
  clamp: (value: number, low: number, high: number) => Math.min(Math.max(value, low), high),
};

type Emit = (...operands: string[]) => string;

/** Operators by mathjs's names. Booleans count as 0 and 1 in arithmetic, there as here. */
const operators: Readonly<Record<string, Emit>> = {
  add: (a, b) => `(${a} + ${b})`,
  subtract: (a, b) => `(${a} - ${b})`,
  multiply: (a, b) => `(${a} * ${b})`,
  divide: (a, b) => `(${a} / ${b})`,
  pow: (a, b) => `power(${a}, ${b})`,
  mod: (a, b) => `modulo(+${a}, +${b})`,
  unaryMinus: (a) => `(-${a})`,
  unaryPlus: (a) => `(+${a})`,
  equal: (a, b) => `equal(+${a}, +${b})`,
  unequal: (a, b) => `(!equal(+${a}, +${b}))`,
  smaller: (a, b) => `smaller(+${a}, +${b})`,
  larger: (a, b) => `smaller(+${b}, +${a})`,
  smallerEq: (a, b) => `(${a} <= ${b} || equal(+${a}, +${b}))`,
  largerEq: (a, b) => `(${a} >= ${b} || equal(+${a}, +${b}))`,
  and: (a, b) => `(!!${a} && !!${b})`,
  or: (a, b) => `(!!${a} || !!${b})`,
  xor: (a, b) => `(!${a} !== !${b})`,
  not: (a) => `(!${a})`,
};

interface KnownFunction {
  /** Fewest and most arguments. */
  arity: readonly [number, number];
  emit: Emit;
}

const functions: Readonly<Record<string, KnownFunction>> = {
  ...Object.fromEntries(
    [
      ...['abs', 'sign', 'sqrt', 'cbrt', 'exp', 'expm1', 'log1p', 'log2', 'log10'],
      ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'tanh'],
    ].map((name) => [name, { arity: [1, 1], emit: (a: string) => `Math.${name}(${a})` }]),
  ),
  atan2: { arity: [2, 2], emit: (a, b) => `Math.atan2(${a}, ${b})` },
  clamp: { arity: [3, 3], emit: (a, b, c) => `clamp(${a}, ${b}, ${c})` },
  cube: { arity: [1, 1], emit: (a) => `(${a} * ${a} * ${a})` },
  hypot: { arity: [1, Infinity], emit: (...all) => `Math.hypot(${all.join(', ')})` },
  log: { arity: [1, 2], emit: (a, base) => (base ? `(Math.log(${a}) / Math.log(${base}))` : `Math.log(${a})`) },
  max: { arity: [1, Infinity], emit: (...all) => `Math.max(${all.join(', ')})` },
  min: { arity: [1, Infinity], emit: (...all) => `Math.min(${all.join(', ')})` },
  mod: { arity: [2, 2], emit: operators.mod },
  pow: { arity: [2, 2], emit: operators.pow },
  square: { arity: [1, 1], emit: (a) => `(${a} * ${a})` },
};

const constants: Readonly<Record<string, number>> = { pi: Math.PI, tau: 2 * Math.PI, e: Math.E };

/**
 * Compiles a mathjs expression over named numbers to plain JavaScript. mathjs only parses; the tree may hold nothing
 * but numbers, the given names, `pi`, `tau`, `e`, and the operators and functions known here, and means what mathjs
 * means by it (with real numbers: `sqrt(-1)` is NaN). `clamp(value, low, high)` comes on top. A call costs nanoseconds.
 *
 * @param label where the expression stands, for error messages
 * @param names what the expression may speak of; `values[i]` of the function is that of `names[i]`
 * @throws UserError for a syntax error or an unknown name, with its place in the expression and the nearest known names
 */
export function compileExpression(expression: string, names: readonly string[], label: string): CompiledExpression {
  const fail = (problem: string, at = -1, hint = ''): never => {
    const place = at < 0 ? '' : ` at character ${at + 1}`;
    const caret = at < 0 ? '' : `\n  ${' '.repeat(at)}^`;
    throw new UserError(`${label}: ${problem}${place}${hint}\n  ${expression}${caret}`);
  };
  const placeOf = (word: string) => expression.search(new RegExp(`(?<![\\w.])${word}(?!\\w)`));

  const emitAll = (nodes: readonly MathNode[]): string[] => nodes.map(emit);

  const emitters: Readonly<Record<string, (node: MathNode) => string>> = {
    ParenthesisNode: (node) => emit((node as ParenthesisNode).content),
    ConstantNode(node) {
      const { value } = node as ConstantNode<number | boolean | string | null>;
      const known = typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
      return known ? `${value}` : fail(`expected a number, got ${node.toString()}`);
    },
    SymbolNode(node) {
      const { name } = node as SymbolNode;
      const index = names.indexOf(name);
      if (index >= 0) return `values[${index}]`;
      if (Object.hasOwn(constants, name)) return `${constants[name]}`;
      if (Object.hasOwn(functions, name)) return fail(`the function '${name}' needs its arguments`, placeOf(name));
      return fail(`unknown name '${name}'`, placeOf(name), nearestHint(name, [...names, ...Object.keys(constants)]));
    },
    OperatorNode(node) {
      const { fn, op, args } = node as OperatorNode;
      if (Object.hasOwn(operators, fn)) return operators[fn](...emitAll(args));
      return fail(`the operator '${op}' is not among + - * / ^ % < <= > >= == != and or xor not ?:`);
    },
    FunctionNode(node) {
      const { fn, args } = node as FunctionNode;
      const name = fn.toString();
      if (!Object.hasOwn(functions, name)) {
        if (names.includes(name))
          fail(`'${name}' is a number, not a function`, placeOf(name), `; write ${name} * (...)`);
        return fail(`unknown function '${name}'`, placeOf(name), nearestHint(name, Object.keys(functions)));
      }
      const [fewest, most] = functions[name].arity;
      if (args.length < fewest || args.length > most) {
        const expected = most === Infinity ? `${fewest} or more` : fewest === most ? fewest : `${fewest} to ${most}`;
        fail(`${name} takes ${expected} argument${expected === 1 ? '' : 's'}, got ${args.length}`, placeOf(name));
      }
      return functions[name].emit(...emitAll(args));
    },
    ConditionalNode(node) {
      const { condition, trueExpr, falseExpr } = node as ConditionalNode;
      return `(${emit(condition)} ? ${emit(trueExpr)} : ${emit(falseExpr)})`;
    },
    RelationalNode(node) {
      // a < b <= c
      const { conditionals, params } = node as RelationalNode;
      const operands = emitAll(params);
      return `(${conditionals.map((fn, i) => operators[fn](operands[i], operands[i + 1])).join(' && ')})`;
    },
  };

  function emit(node: MathNode): string {
    const emitter = emitters[node.type];
    if (emitter) return emitter(node);
    const hint = node.type === 'AssignmentNode' ? "; compare with '=='" : '';
    return fail(`expected one formula over numbers, got '${node.toString().replaceAll('\n', ' ')}'`, -1, hint);
  }

  if (expression.trim() === '') fail('expected a formula, got nothing');
  let tree: MathNode;
  try {
    tree = mathjs().parse(expression);
  } catch (error) {
    const { message, char } = error as SyntaxError & { char?: number };
    return fail(message.replace(/ \(char \d+\)$/, '').toLowerCase(), (char ?? 0) - 1);
  }
  const build = new Function(...Object.keys(helpers), `return (values) => +${emit(tree)};`);
  return build(...Object.values(helpers));
}
