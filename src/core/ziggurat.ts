/**
 * Tables of the ziggurat method with 256 layers.
 *
 * Layer i reaches from 0 to edge x_i; the edges grow with i, x_255 is where the tail begins, and all layers have the
 * same area: x_i (f(x_{i-1}) - f(x_i)) = v, f the unnormalised density. Entry 0 stands for the base layer with its
 * tail: its width is v / f(x_255).
 *
 * Source: G. Marsaglia and W. W. Tsang, "The Ziggurat Method for Generating Random Variables" (2000).
 */
export interface Ziggurat {
  /** Where the tail begins. */
  readonly tail: number;
  /** Edge of a layer over the range of the integer drawn. */
  readonly widths: Float64Array;
  /** Integers below this one lie wholly under the density. */
  readonly accepts: Float64Array;
  /** Density at the edge. */
  readonly heights: Float64Array;
}

function ziggurat(edges: Float64Array, range: number, density: (x: number) => number): Ziggurat {
  const tail = edges[255];
  const accepts = edges.map((x, i) => Math.floor(((i === 0 ? tail : i === 1 ? 0 : edges[i - 1]) / x) * range));
  const heights = edges.map((x, i) => (i === 0 ? 1 : density(x)));
  return { tail, widths: edges.map((x) => x / range), accepts, heights };
}

// The edges are kept as bytes (little-endian doubles): working them out to the last bit, without which draws would
// differ from NumPy's in their last digit, needs more than double precision.
function decode(text: string): Float64Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return new Float64Array(bytes.buffer);
}

/** For f(x) = exp(-x^2 / 2), over 52-bit integers. */
export function normalZiggurat(): Ziggurat {
  return ziggurat(decode(normalEdges), 2 ** 52, (x) => Math.exp(-0.5 * x * x));
}

/** For f(x) = exp(-x), over 53-bit integers. */
export function exponentialZiggurat(): Ziggurat {
  return ziggurat(decode(exponentialEdges), 2 ** 53, (x) => Math.exp(-x));
}

const normalEdges =
  'edkVeDtJD0DG9v3jC43LP7RbLDyvUNI/YTtEOLl81T8Mpy/o/AHYP7zQTC4MI9o/92E4L00A3D90cnRaL6zdP8PVTC1IMt8/rbuOJzJN4D9DXQI7' +
  'BfXgP3c2QZemkuE/9Rp6j6In4j+A2GM4LrXiP/WRV8A/POM/L7GiwZ694z9Vm/+N7znkP6f+PTa7seQ/dNMaYnUl5T+WzgengJXlP+p+2c8xAuY/' +
  'PXyjYdJr5j9wBQCSotLmP6b4RtPaNuc/dyqzEK2Y5z9D9UatRfjnP3cKQ1PMVeg/mnZ7nmSx6D+Yz06pLgvpP+oeLIJHY+k/RsU4jsm56T8sp6Tc' +
  'zA7qP1nNd21nYuo/MBYQbq206j+cbBNtsQXrPyl6QoeEVes/Op9Sjjak6z8ygr8q1vHrP/NOWflwPuw/YTsypROK7D+LJnL+ydTsP0i3gA6fHu0/' +
  'EB/kKZ1n7T/DuCMAzq/tP1N28ak69+0//u3Stes97j8Ab3oz6YPuP86C+b06ye4/JmLwhOcN7z+I9thU9lHvP67Xh55tle8/rC76fVPY7z/sNELg' +
  'Vg3wP5qPOfVALvA//KUWnupO8D8QoHJbVm/wPwv0cZCGj/A/E2G8hH2v8D9/zEtmPc/wP2sIFkvI7vA/7hWVMiAO8T++DzEHRy3xP0GRjp8+TPE/' +
  'HiDEvwhr8T802ngap4nxP4ht7lEbqPE/yyr4+GbG8T8u1OCTi+TxP5+gQJmKAvI/6cbEcmUg8j8fw+l9HT7yP/trqQy0W/I/f9MdZip58j8b1xnH' +
  'gZbyP9ouuGK7s/I/U7jhYtjQ8j+Oqcvo2e3yP9dIbg3BCvM/MLn04Y4n8z+hXiZwRETzP9VSyrriYPM/algFvmp98z9ksrJv3ZnzPwM9uL87tvM/' +
  '4B1WmIbS8z+DWnLevu7zP3Se4HHlCvQ/XXSmLfsm9D+kMDzoAEP0P13HynP3XvQ/NsNmnt969D8vj0gyupb0P11BAvaHsvQ/3BGzrEnO9D8FpjgW' +
  'AOr0P2JVXu+rBfU/WosK8k0h9T9PZmrV5jz1P8iyG053WPU/eF9VDgB09T8UhQ7GgY/1P1kbJCP9qvU/PXN90XLG9T/TjC974+H1Pzhen8hP/fU/' +
  'wx+jYLgY9j+isKLoHTT2PwsmtwSBT/Y/cpbJV+Jq9j83MbGDQob2P7GyUCmiofY/u0Oz6AG99j9S0yhhYtj2P1T4YTHE8/Y/62iL9ycP9z/GFGlR' +
  'jir3P9zucNz3Rfc/H3PlNWVh9z9J9O/61nz3P5O9ushNmPc/CRSLPMqz9z/7ItvzTM/3P+fec4zW6vc/H+qGpGcG+D92hsjaACL4PxWfic6iPfg/' +
  'vfXRH05Z+D/FfnpvA3X4Py33R1/DkPg/Q8AFko6s+D+cDKGrZcj4PydqRFFJ5Pg/j7VzKToA+T9HgyjcOBz5P/wK7xJGOPk/iqIDeWJU+T/u1XC7' +
  'jnD5PzEqLonLjPk/v5k/kxmp+T8s2dWMecX5PxF0byvs4fk/StL6JnL++T+SNvk5DBv6P1vIoiG7N/o/iLsLnn9U+j+kqUpyWnH6Pz0xoGRMjvo/' +
  'CPGfPlar+j/O9VrNeMj6Pzazi+G05fo/GqHDTwsD+z9bmJrwfCD7PwAM4KAKPvs/Az3OQbVb+z8niT+5fXn7Pzz35fFkl/s/biWF22u1+z+iwC5r' +
  'k9P7P4OugZvc8fs/oBbsbEgQ/D8tevDl1y78PxwNbhOMTfw/BYfsCGZs/D8XpuvgZov8P6uiNr2Pqvw/kNY7x+HJ/D834GgwXun8P26PizIGCf0/' +
  'IO83ENso/T9HxjMV3kj9PyPx55YQaf0/pfvX9HOJ/T9wbiCZCar9Pw5J/PjSyv0/Ny5SldHr/T8c0kn7Bg3+P/ZG6sR0Lv4/iNHBmRxQ/j8l/pcv' +
  'AHL+Pwq/KkshlP4/CG/3wIG2/j86pxB2I9n+P6nsAWEI/P4/IVPCijIf/z9tTbcPpEL/P2gBySBfZv8/gpeJBGaK/z+/InEYu67/P4XnL9Jg0/8/' +
  'C/YYwVn4/z91oNNH1A4AQEfJjwKoIQBAqwKpg6k0AEDH9T5O2kcAQH6zrfY7WwBAaCanI9BuAEAXLmOPmIIAQFSi6AiXlgBAxMBxdc2qAEBI1O7R' +
  'Pb8AQDA9qjTq0wBAk2URz9ToAEC2n6bv//0AQEFwIARuEwFANV27myEpAUBtCcRpHT8BQDsuYEhkVQFA8+6dO/lrAUBhEtJ034IBQKzrTlYamgFA' +
  'ji9/d62xAUCUpnGpnMkBQDmu5Pvr4QFAAdniwp/6AUCBzASdvBMCQO7Tb3pHLQJAJJyspEVHAkDgWHbHvGECQC5ZqPqyfAJAeA53zS6YAkBSCipT' +
  'N7QCQJfbljHU0AJA9XipsQ3uAkDurlbS7AsDQKOkaF57KgNAoxKuBcRJA0BAqDN60mkDQApBVpKzigNA+oiucHWsA0CmBBezJ88DQHX0YKrb8gNA' +
  '2uW5nKQXBECUXlQVmD0EQBU6p0TOZARAvEOcdWKNBEAnWmudc7cEQAKJzQ0l4wRAQazpU58QBUBCfjpSEUAFQBvkSqmxcQVA2Y1xi8ClBUD+0Dok' +
  'itwFQEwehs9pFgZA6moAe85TBkDD5Z++QJUGQDLiCY1r2wZANHpf8CgnB0BzBglWlXkHQIzO1vQt1AdANPIpBQM5CEAUfKq/D6sIQJZEb5TgLglA' +
  'q1dAAe7LCUBad5R43I8KQLH9eDgfmAtAM60JgrQ7DUA=';

const exponentialEdges =
  'wV2/lOxkIUAZQV2LnViwPytNW0my1ro/uo1bqTWTwT9zKkrl5iLFP4B6wvuQUMg/zLd579E4yz+YvW232OzNPzxcxknwO9A/cPbWJNtw0T8zJtqQ' +
  'ApjSP8puPf6Is9M/If4LxhXF1D/DSgKd+M3VP70rp/BAz9Y/GdAX2s3J1z9vYNNUWb7YP9I3IlWArdk/A1JdvsiX2j/Eo93dpX3bP4k/jNd7X9w/' +
  'NnzxTaI93T9ac/F4ZhjeP6pPX88M8N4/CTJoXdLE3z9YdWrtdkvgP/yAm0dIs+A/r/VJh/MZ4T+g30vrjH/hP+dJPukm5OE/Lv84ZdJH4j8LaCPh' +
  'nqriP0vaJqWaDOM/AoJt4tJt4z+gYiHRU87jP0hncMooLuQ/Euc1X1yN5D+TC81r+OvkP01veCkGSuU//b64PY6n5T/PLt3HmATmP+BoDG0tYeY/' +
  'RKn6YlO95j+7kHl5ERnnP3N5ByNudOc/coF+fG/P5z+Z1f5TGyroP+zhKy93hOg/KsXQUIje6D9Eov29UzjpPzgTrULekek/vwP/dSzr6T9KiBS+' +
  'QkTqP2HSllMlneo/ySTyRNj16j+bl0x5X07rP4mPP7O+pus/mf5Zk/n+6z+f0nCaE1fsP9tawisQr+w/++bwjvIG7T+Na9jxvV7tP1eQQmp1tu0/' +
  '/jF89xsO7j9EEM+DtGXuP2Ib4uVBve4/n5QC4sYU7z+1/lcrRmzvP6GpBGXCw+8/2TyaEZ8N8D9isQ32XTnwP/h2chwfZfA/cgBLu+OQ8D83AXED' +
  'rbzwP2YveiB86PA/FawXOVIU8T++fXBvMEDxP/t/d+EXbPE/liM9qQmY8T+DUj3dBsTxP+LEqZAQ8PE/BQ6x0ycc8j8po8KzTUjyP58Y0DuDdPI/' +
  'qs2LdMmg8j9dO6VkIc3yPyEXAxGM+fI/EXb7fAom8z+hG4qqnVLzP/AahZpGf/M//O/PTAas8z9tM43A3djzP8QJT/TNBfQ/0GxG5tcy9D+nbHGU' +
  '/F/0P8SDyPw8jfQ/pBhrHZq69D/qRcv0FOj0P/sA2YGuFfU/+LUsxGdD9T8nbzG8QXH1P/mcTms9n/U/NZMR1FvN9T8mz1b6nfv1Py4ac+MEKvY/' +
  'jJtclpFY9j/u69MbRYf2P988jX4gtvY/CKZZyyTl9j/7qVARUxT3PxwE+mGsQ/c/MNF30TFz9z8KJLF25KL3P/cXfWvF0vc/d3LOzNUC+D8q5t+6' +
  'FjP4P+cIYVmJY/g/VA+kzy6U+D+UYMxICMX4PxMV/vMW9vg/4XOOBFwn+T+KgjWy2Fj5P/S7QDmOivk/XQPH2n28+T9R6d3cqO75Py1Z0IoQIfo/' +
  'kMZWNbZT+j8P89Aym4b6P3plgd/Aufo//6zKnSjt+j+1i27W0yD7P0Ilz/jDVPs/tk8ye/qI+z8QJgfbeL37P4X9LZ1A8vs/LeBCTlMn/D+kseqC' +
  'slz8P/sjI9hfkvw/bKWV81zI/D+Ace2Dq/78P63yMEFNNf0//qMe7UNs/T8KpY1TkaP9P3810ko32/0/m1AmtDcT/j9SpBZ8lEv+P38j9JpPhP4/' +
  'eHZKFWu9/j9okVv86Pb+P3+8oG7LMP8/0F5RmBRr/z/l4e+zxqX/P9gJ3Qrk4P8/1BH5ejcOAEAbORHvNCwAQKMkkp5rSgBA2yYRz9xoAEAPrTrP' +
  'iYcAQBnIM/dzpgBAb5QAqZzFAEC3z+9QBeUAQM7vC2avBAFAShWSapwkAUArOm/szUQBQMEExIVFZQFAnq5v3QSGAUAgeKKnDacBQFoqeKZhyAFA' +
  'cDObqgLqAUCi9PCT8gsCQFDlT1IzLgJAujtA5sZQAkCm2sdhr3MCQCtTQunulgJAUdtFtIe6AkBwLZYOfN4CQGVZJlnOAgNA0KcqC4EnA0BlyTuz' +
  'lkwDQFaojPgRcgNAQ1E0nPWXA0CDi416RL4DQNDerYwB5QNAre716S8MBED4Qr3J0jMEQCzJG4XtWwRAMpTTmIOEBEBMoV2nmK0EQCexHHsw1wRA' +
  'CJW5CE8BBUCyqqxx+CsFQFqn+AYxVwVAYUQbTP2CBUAH4Tj6Ya8FQJ69iANk3AVAeRgIlwgKBkCULnskVTgGQDL0w2BPZwZA7kiXSv2WBkAee5ov' +
  'ZccGQAcl9LGN+AZAGNJczn0qB0DDcb3iPF0HQPlxa7XSkAdA03YUfUfFB0ASFG7po/oHQMO+wCzxMAhAQnNoBjloCECrW2nOhaAIQJU2O4Li2QhA' +
  'RHXz0loUCUAOKvw0+08JQNgajfHQjAlA6tkkOurKCUB48Uk+VgoKQDtM6EMlSwpA6oatwmiNCkDERdiCM9EKQAq2A8CZFgtAD+qRULFdC0Be2nbS' +
  'kaYLQHfvS95U8QtAp+DCQRY+DED0yMhC9IwMQH+p8uwP3gxAxTgna40xDUDsO+xvlIcNQJ/xTq9Q4A1AYAkZbvI7DkDBg/Mqr5oOQErqUGfC/A5A' +
  'p/eRl25iD0DlxvZD/ssPQC7sYrPiHBBA7471ixFWEEBOpcvNwZEQQKBIXXgx0BBAppJDA6gREUAqRHVneFYRQNbCs7wDnxFAfPrJoLzrEUCfkVm2' +
  'Kz0SQKWqSa71kxJA8BFEiuPwEkBe98wn7lQTQGG4yMdOwRNAYhPkZpc3FEDRUUfN17kUQPZzzzzYShVA0hNz4XruFUByv0ttZ6oWQC/G6tZQhxdA' +
  'Ge3y5p+TGECFe0gN3OkZQPxx2lGewxtAg7t+KdnJHkA=';
