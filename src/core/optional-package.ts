import { UserError } from './errors.ts';

/**
 * Imports a package that is installed only by those who need it.
 *
 * @param purpose what needs it, beginning the message: `The physics of robot arms`
 * @param version to ask npm for
 * @param entry of the package, its main one unless told
 * @throws UserError with the command that installs it
 */
export async function importOptional(purpose: string, name: string, version: string, entry = name): Promise<unknown> {
  try {
    return await import(entry);
  } catch (cause) {
    throw new UserError(
      `${purpose} needs the package ${name}, which cannot be loaded. Install it with: ` +
        `npm install ${name}@${version}\n(${(cause as Error).message})`,
      { cause },
    );
  }
}

/** Does some loading once in a process, and again only where it failed. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
