/** The files of a drop, those in dropped folders too. */

export async function dropped(transfer: DataTransfer): Promise<File[]> {
  // The list is emptied once the event is over: entries are taken before anything is awaited.
  const taken = Array.from(transfer.items, (item) => ({
    entry: item.kind === "file" ? item.webkitGetAsEntry() : null,
    file: item.kind === "file" ? item.getAsFile() : null,
  }));
  const found = await Promise.all(
    taken.map(({ entry, file }) => (entry?.isDirectory ? within(entry) : file ? [file] : [])),
  );
  return found.flat();
}

async function within(entry: FileSystemEntry): Promise<File[]> {
  if (entry instanceof FileSystemFileEntry) {
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return file.name.startsWith(".") ? [] : [file];
  }
  if (!(entry instanceof FileSystemDirectoryEntry)) return [];
  const reader = entry.createReader();
  const files: File[] = [];
  for (;;) {
    // A reader hands out a hundred entries at a time, and none at the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (!some.length) return files;
    files.push(...(await Promise.all(some.map(within))).flat());
  }
}
