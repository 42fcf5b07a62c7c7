import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix, resolve } from 'node:path';
import { UserError } from '../../src/core/errors.ts';

export interface ModelFiles {
  xml: string;
  /** Files the model refers to, by the path under which MuJoCo looks for them. */
  assets: Record<string, Uint8Array>;
}

/**
 * Reads a model in MJCF with everything it refers to: included files, meshes, textures, height fields.
 *
 * @throws UserError where a file is missing, naming the line that refers to it and where it was looked for
 */
export function readModel(file: string): ModelFiles {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw new UserError(`There is no model ${path}. Expected a file in MuJoCo's XML format (MJCF), such as arm.xml.`);
  }
  const xml = readFileSync(path, 'utf8');
  if (!/<mujoco[\s>]/.test(xml)) {
    const hint = /<robot[\s>]/.test(xml) ? ' It looks like URDF: let MuJoCo convert it, by its `compile` tool.' : '';
    throw new UserError(`${file} is no model: expected MuJoCo's XML format with a <mujoco> element.${hint}`);
  }
  const assets: Record<string, Uint8Array> = {};
  gather(xml, file, dirname(path), assets);
  return { xml, assets };
}

/** Elements that name a file, and the settings of <compiler> that name its folder. */
const folders: Record<string, readonly string[]> = {
  include: [],
  mesh: ['meshdir', 'assetdir'],
  texture: ['texturedir', 'assetdir'],
  hfield: ['assetdir'],
  skin: ['assetdir'],
};

function gather(xml: string, file: string, root: string, assets: Record<string, Uint8Array>): void {
  const compiler = /<compiler\b[^>]*>/.exec(xml)?.[0] ?? '';
  // Comments may name files too.
  const visible = xml.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '));
  for (const match of visible.matchAll(/<(include|mesh|texture|hfield|skin)\b[^>]*?\bfile\s*=\s*["']([^"']+)["']/g)) {
    const [, element, name] = match;
    const folder = folders[element].map((setting) => attribute(compiler, setting)).find(Boolean) ?? '';
    const asked = posix.join(folder, name);
    const place = resolve(root, asked);
    if (!existsSync(place)) {
      const line = visible.slice(0, match.index).split('\n').length;
      throw new UserError(
        `${file}, line ${line}: the ${element} '${name}' is missing. It was looked for at ${place}: put the file ` +
          `there${folder ? '' : ", or name its folder in <compiler meshdir='...'>"}.`,
      );
    }
    const bytes = readFileSync(place);
    assets[asked] = bytes;
    if (element === 'include') gather(bytes.toString('utf8'), join(dirname(file), name), root, assets);
  }
}

function attribute(element: string, name: string): string | undefined {
  return new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)["']`).exec(element)?.[1];
}
