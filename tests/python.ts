import { spawnSync } from 'node:child_process';
import { packagePath } from '../src/core/package-path.ts';

/** A Python interpreter with the packages of tests/requirements.txt, or why there is none. */
export function pythonOrReason(): { python: string; reason?: undefined } | { python?: undefined; reason: string } {
  const windows = process.platform === 'win32';
  const python = windows ? packagePath('.venv', 'Scripts', 'python.exe') : packagePath('.venv', 'bin', 'python');
  const probe = spawnSync(
    python,
    ['-c', 'import numpy, tensorboard, gymnasium, mujoco, zmq, stable_baselines3, onnx, onnxruntime'],
    {
      encoding: 'utf8',
    },
  );
  if (probe.status === 0) return { python };
  const why = probe.error ? 'there is none' : (probe.stderr.trim().split('\n').at(-1) ?? 'it does not start');
  return {
    reason:
      `expected Python with the test packages at ${python}: ${why}. ` +
      'Run: python3 -m venv .venv && .venv/bin/pip install -r tests/requirements.txt',
  };
}
