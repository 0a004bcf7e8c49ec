/** The newest version of each; they come by name, the newest first. */
export function newest<T extends { name: string }>(versions: readonly T[]): T[] {
  return versions.filter((one, at) => versions.findIndex(({ name }) => name === one.name) === at);
}
