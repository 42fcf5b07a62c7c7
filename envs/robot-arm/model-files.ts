import { existsSync, readFileSync } from 'node:fs';
import { dirname, posix, resolve } from 'node:path';
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
  const found: Found = { root: dirname(path), references: [], settings: {}, assets: {} };
  search(xml, file, '', found);
  for (const reference of found.references) addAsset(reference, found);
  return { xml, assets: found.assets };
}

interface Reference {
  element: string;
  name: string;
  /** The file that refers to it, for errors, and its folder below that of the model. */
  file: string;
  folder: string;
  line: number;
}

interface Found {
  root: string;
  references: Reference[];
  /** Of <compiler>. They hold for the whole model, wherever they stand; the last one wins. */
  settings: Record<string, string>;
  assets: Record<string, Uint8Array>;
}

/** The setting of <compiler> that names the folder of such a file. */
const folderSetting: Record<string, string> = {
  mesh: 'meshdir',
  hfield: 'meshdir',
  skin: 'meshdir',
  flexcomp: 'meshdir',
  texture: 'texturedir',
};

function search(xml: string, file: string, folder: string, found: Found): void {
  // Comments may name files too.
  const visible = xml.replace(/<!--[\s\S]*?-->/g, (comment) => comment.replace(/[^\n]/g, ' '));
  for (const match of visible.matchAll(/<(compiler|include|mesh|texture|hfield|skin|flexcomp|model)\b([^>]*)/g)) {
    const [, element, attributes] = match;
    for (const [, attribute, , value] of attributes.matchAll(/(\w+)\s*=\s*(["'])(.*?)\2/g)) {
      if (element === 'compiler') set(found.settings, attribute, value);
      // The sides of a cube texture are fileright, fileleft, ...
      else if (attribute.startsWith('file')) {
        const line = visible.slice(0, match.index).split('\n').length;
        const reference = { element, name: value, file, folder, line };
        if (element === 'include') include(reference, found);
        else found.references.push(reference);
      }
    }
  }
}

function set(settings: Record<string, string>, name: string, value: string): void {
  if (name === 'assetdir') settings.meshdir = settings.texturedir = value;
  else settings[name] = value;
}

function include(reference: Reference, found: Found): void {
  const path = addAsset(reference, found);
  if (path === undefined) return;
  search(new TextDecoder().decode(found.assets[path]), resolve(found.root, path), posix.dirname(path), found);
}

/** @returns the path of the file, or undefined where it was there already */
function addAsset(reference: Reference, { root, settings, assets }: Found): string | undefined {
  const { element, file, folder, line } = reference;
  const directory = settings[folderSetting[element]] ?? '';
  const name =
    settings.strippath === 'true' && element in folderSetting ? posix.basename(reference.name) : reference.name;
  // MuJoCo looks beside the model first, then beside the file that was included.
  const asked = posix.isAbsolute(name)
    ? [posix.normalize(name)]
    : [posix.join(directory, name), posix.join(directory, folder, name)];
  const path = asked.find((candidate) => existsSync(resolve(root, candidate)));
  if (path === undefined) {
    throw new UserError(
      `${file}, line ${line}: the ${element} '${reference.name}' is missing. It was looked for at ` +
        `${resolve(root, asked[0])}: put the file there${directory ? '' : hint(element)}.`,
    );
  }
  if (path in assets) return undefined;
  assets[path] = readFileSync(resolve(root, path));
  return path;
}

const hint = (element: string) =>
  element in folderSetting ? `, or name its folder in <compiler ${folderSetting[element]}='...'>` : '';
