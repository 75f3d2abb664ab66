/** Whether a path is a folder or lies below it. */
export function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Absolute paths among the words of a command, also as the value of `--option=/path`. */
export function pathsIn(words: readonly string[]): string[] {
  return words.flatMap((word) => {
    const path = /^(?:-{1,2}[\w.-]+=)?(\/.*)$/s.exec(word)?.[1];
    return path === undefined || path.includes('\0') || path === '/' || path.length > 4_096 ? [] : [path];
  });
}
